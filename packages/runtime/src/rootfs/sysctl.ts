/**
 * Kernel parameters of the container's namespaces.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#sysctl
 * @module
 */
import { check } from "@teu/kernel/errno";
import { close, writeText } from "@teu/kernel/descriptors";
import { O_WRONLY } from "@teu/kernel/files";
import type { Config } from "../config/config.ts";
import type { Pair } from "../config/read.ts";
import { hasOwn } from "../container/namespaces.ts";
import { fieldFailure } from "../failure.ts";
import { tryOpenBeneath } from "./inside.ts";

/** One parameter to set. */
export interface SysctlStep {
  readonly on: "sysctl";
  readonly field: string;
  /** Below /proc/sys. */
  readonly path: string;
  readonly value: string;
}

const IPC: readonly string[] =
  "kernel/msgmax kernel/msgmnb kernel/msgmni kernel/sem kernel/shmall kernel/shmmax kernel/shmmni kernel/shm_rmid_forced".split(
    " ",
  );

/** The parameters to set, none of which may reach beyond the container. @throws Failure */
export function planSysctl(config: Config): SysctlStep[] {
  return config.sysctl.map((pair) => {
    const path = sysctlPath(pair.name);
    checkNamespace(config, pair, path);
    return { on: "sysctl" as const, field: pair.field, path, value: pair.value };
  });
}

/** The path of a key: its first separator, a dot or a slash, decides which of the two separates. */
export function sysctlPath(key: string): string {
  const dot = key.indexOf(".");
  const slash = key.indexOf("/");
  if (dot < 0 || (slash >= 0 && slash < dot)) return key;
  return key
    .split("")
    .map((character) => (character === "." ? "/" : character === "/" ? "." : character))
    .join("");
}

function checkNamespace(config: Config, { name, field }: Pair, path: string): void {
  const needed = neededNamespace(path);
  if (path === "kernel/hostname") throw fieldFailure(field, "is set by the field hostname");
  if (needed === "") throw fieldFailure(field, `sysctl ${JSON.stringify(name)} is not in a separate kernel namespace`);
  if (!hasOwn(config, needed))
    throw fieldFailure(field, `sysctl ${JSON.stringify(name)} is not allowed in the host's ${needed} namespace`);
}

function neededNamespace(path: string): string {
  if (IPC.includes(path) || path.startsWith("fs/mqueue/")) return "ipc";
  if (path.startsWith("net/")) return "network";
  if (path === "kernel/domainname") return "uts";
  return path.startsWith("user/") ? "user" : "";
}

/** Sets one parameter through `proc`, a procfs that nobody can have mounted over. @throws SysError */
export function runSysctl({ path, value }: SysctlStep, proc: number): void {
  const full = `sys/${path}`;
  const fd = check(tryOpenBeneath(proc, full, O_WRONLY), "open", `/proc/${full}`);
  try {
    writeText(fd, value, `/proc/${full}`);
  } finally {
    close(fd);
  }
}
