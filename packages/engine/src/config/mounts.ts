/**
 * What is mounted in a container, in the order in which it is.
 * @module
 */
import type { ContainerOptions } from "./options.ts";

/** A mount, as runtime-spec has it. */
export interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** A file of the host that stands in the container. */
export interface HostFile {
  readonly source: string;
  readonly target: string;
}

const QUIET = ["nosuid", "noexec", "nodev"];
const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;

/** What {@link mountsOf} needs to know. */
export interface MountsInput {
  readonly options: ContainerOptions;
  readonly mounts: readonly Mount[];
  readonly files: readonly HostFile[];
  readonly init?: string | undefined;
  readonly rootless: boolean;
}

/** All mounts. One that was asked for takes the place of one that every container has. */
export function mountsOf(input: MountsInput): readonly Mount[] {
  const files = input.files.map(({ source, target }) => bind(source, target, ["rw"]));
  const init = input.init === undefined ? [] : [bind(input.init, "/run/teu-init", ["ro"])];
  const asked = new Set(input.mounts.map(({ destination }) => destination));
  const given = [...systemMounts(input), ...files].filter(({ destination }) => !asked.has(destination));
  const ordered = input.mounts.toSorted((a, b) => depth(a.destination) - depth(b.destination));
  return [...given, ...ordered, ...init];
}

function depth(path: string): number {
  return path.split("/").length;
}

/** A path of the host in the container. Mounts below it come along. */
export function bind(source: string, destination: string, options: readonly string[]): Mount {
  const propagation = options.some((word) => PROPAGATION.has(word)) ? [] : ["rprivate"];
  return { destination, type: "bind", source, options: ["rbind", ...propagation, ...options] };
}

const PROPAGATION: ReadonlySet<string> = new Set(
  ["shared", "slave", "private", "unbindable"].flatMap((word) => [word, `r${word}`]),
);

function systemMounts({ options, rootless }: MountsInput): readonly Mount[] {
  const { security, hostNamespaces, network, resources } = options;
  const access = security.privileged ? "rw" : "ro";
  const group = rootless ? [] : ["gid=5"];
  const shm = resources.shmBytes ?? DEFAULT_SHM_BYTES;
  const sharesIpc = hostNamespaces.includes("ipc");
  return [
    { destination: "/proc", type: "proc", source: "proc", options: QUIET },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", ...group],
    },
    rootless && network === "host"
      ? bind("/sys", "/sys", [...QUIET, "ro"])
      : { destination: "/sys", type: "sysfs", source: "sysfs", options: [...QUIET, access] },
    ...(rootless
      ? []
      : [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...QUIET, "relatime", access] }]),
    sharesIpc ? bind("/dev/mqueue", "/dev/mqueue", QUIET) : memory("mqueue", "/dev/mqueue", QUIET),
    sharesIpc
      ? bind("/dev/shm", "/dev/shm", QUIET)
      : memory("tmpfs", "/dev/shm", [...QUIET, "mode=1777", `size=${shm}`]),
  ];
}

function memory(type: string, destination: string, options: readonly string[]): Mount {
  return { destination, type, source: type === "tmpfs" ? "shm" : type, options };
}
