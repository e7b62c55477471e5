/**
 * The labels of security modules that a process starts with. A label that cannot be given fails the start.
 * @module
 */
import { check } from "@teu/kernel/errno";
import { close, tryWriteText } from "@teu/kernel/descriptors";
import { O_WRONLY, exists, tryReadFile } from "@teu/kernel/files";
import { ownPid } from "@teu/kernel/processes";
import type { ProcessConfig } from "../config/process.ts";
import { fieldFailure } from "../failure.ts";
import { tryOpenBeneath } from "../rootfs/inside.ts";

/** Fails where a label is asked for and its security module is off. Reads the host. @throws Failure */
export function checkLabels(process: ProcessConfig, mountLabel: string): void {
  const needsSelinux = process.selinuxLabel !== "" || mountLabel !== "";
  if (process.apparmorProfile !== "" && !isApparmorOn())
    throw fieldFailure("process.apparmorProfile", "is given, but AppArmor is not enabled on this host");
  if (needsSelinux && !exists("/sys/fs/selinux/enforce"))
    throw fieldFailure(
      process.selinuxLabel === "" ? "linux.mountLabel" : "process.selinuxLabel",
      "selinux label is specified in config, but selinux is disabled or not supported",
    );
}

function isApparmorOn(): boolean {
  return (tryReadFile("/sys/module/apparmor/parameters/enabled") ?? "").startsWith("Y");
}

/** Tells whether a process needs {@link applyLabels}, and so a private procfs. */
export function hasLabels(process: ProcessConfig): boolean {
  return process.apparmorProfile !== "" || process.selinuxLabel !== "";
}

/** Gives this process the labels for its program, through a procfs that nobody can have mounted over. @throws Failure */
export function applyLabels(process: ProcessConfig, proc: number): void {
  const { apparmorProfile, selinuxLabel } = process;
  if (apparmorProfile !== "") {
    const text = `exec ${apparmorProfile}`;
    const result = tryWriteAttribute(proc, "apparmor/exec", text);
    const final = result < 0 ? tryWriteAttribute(proc, "exec", text) : result;
    check(final, "apply the AppArmor profile", apparmorProfile);
  }
  if (selinuxLabel !== "")
    check(tryWriteAttribute(proc, "exec", selinuxLabel), "apply the SELinux label", selinuxLabel);
}

function tryWriteAttribute(proc: number, name: string, text: string): number {
  const fd = tryOpenBeneath(proc, `${ownPid()}/attr/${name}`, O_WRONLY);
  if (fd < 0) return fd;
  const result = tryWriteText(fd, text);
  close(fd);
  return result;
}
