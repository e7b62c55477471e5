/**
 * `spec`: a configuration to begin with.
 * @module
 */
import { CWD, O_CREAT, O_EXCL, O_WRONLY, openAt } from "@teu/kernel/files";
import { close, writeText } from "@teu/kernel/descriptors";
import { effectiveGroup, effectiveUser } from "@teu/kernel/identity";
import { isUnified, readHierarchies } from "../cgroup/hierarchies.ts";
import { SPEC_VERSION } from "../version.ts";
import { Args } from "./args.ts";

/** Writes `config.json` into the bundle, where there is none. @throws SysError */
export function specCommand(words: readonly string[]): number {
  const args = new Args(words, { flags: ["rootless"], values: ["bundle"], short: ["b=bundle"] });
  args.operands("spec", 0, 0);
  const path = `${args.value("bundle", ".")}/config.json`;
  const fd = openAt(CWD, path, O_WRONLY | O_CREAT | O_EXCL, 0o666);
  writeText(fd, `${specText(args.flag("rootless"))}\n`, path);
  close(fd);
  return 0;
}

const CAPABILITIES: readonly string[] = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

/** The configuration: a shell in a terminal, alone in its namespaces. */
export function specText(rootless: boolean): string {
  const mounts = rootless ? rootlessMounts() : MOUNTS;
  // An ordinary user has no network of its own to offer: the host's is used.
  const own = isUnified(readHierarchies()) ? ["cgroup"] : [];
  const types = rootless ? ["pid", "ipc", "uts", "mount", "user"] : ["pid", "network", "ipc", "uts", "mount", ...own];
  const namespaces = types.map((type) => ({ type }));
  const linux = { namespaces, maskedPaths: MASKED, readonlyPaths: READONLY };
  const mapped = {
    uidMappings: [{ containerID: 0, hostID: effectiveUser(), size: 1 }],
    gidMappings: [{ containerID: 0, hostID: effectiveGroup(), size: 1 }],
  };
  const root = { path: "rootfs", readonly: true };
  const head = { ociVersion: SPEC_VERSION, root, process: PROCESS, hostname: "teu", mounts };
  if (rootless) return JSON.stringify({ ...head, linux: { ...linux, ...mapped } }, null, 2);
  const resources = { devices: [{ allow: false, access: "rwm" }] };
  return JSON.stringify({ ...head, linux: { ...linux, resources } }, null, 2);
}

// Without a network namespace there is no sysfs of one's own, and in a map of one id no group of terminals.
function rootlessMounts(): SpecMount[] {
  const sys = mountOf("/sys", "none", "/sys", ["rbind", "nosuid", "noexec", "nodev", "ro"]);
  return MOUNTS.filter((mount) => mount.type !== "cgroup").map(({ destination, type, source, options }) =>
    type === "sysfs"
      ? sys
      : mountOf(
          destination,
          type,
          source,
          options.filter((option) => !option.startsWith("gid=")),
        ),
  );
}

const PROCESS = {
  terminal: true,
  user: { uid: 0, gid: 0 },
  args: ["sh"],
  env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
  cwd: "/",
  capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
  rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
  noNewPrivileges: true,
};

const MOUNTS = [
  mountOf("/proc", "proc", "proc", []),
  mountOf("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
  mountOf("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
  mountOf("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
  mountOf("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
  mountOf("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
  mountOf("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", "ro"]),
];

interface SpecMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

// oxlint-disable-next-line max-params -- a table row
function mountOf(destination: string, type: string, source: string, options: readonly string[]): SpecMount {
  return { destination, type, source, options };
}

const MASKED: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/sys/firmware",
  "/proc/scsi",
];

const READONLY: readonly string[] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
