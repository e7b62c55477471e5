/**
 * What of a container comes from outside, and so is not saved but found again: mounts, namespaces, pipes.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { CWD, O_DIRECTORY, O_PATH, S_IFDIR, open, readLinkAt, realPath, stat } from "@teu/kernel/files";
import type { CgroupFolders } from "../cgroup/folders.ts";
import type { Config } from "../config/config.ts";
import { hasOwn } from "../container/namespaces.ts";
import { hierarchyPlace } from "../rootfs/cgroup-mounts.ts";
import { tryOpenInside } from "../rootfs/inside.ts";
import type { MountStep } from "../rootfs/mounts.ts";
import { WireWriter } from "./wire.ts";

/** A mount from outside. */
export interface ExternalMount {
  /** Where it is in the container. */
  readonly place: string;
  /** What is mounted there, on the host. */
  readonly source: string;
}

/** The mounts of a container that lead to the host, places without links. @throws SysError */
export function externalMounts(config: Config, steps: readonly MountStep[], cgroups: CgroupFolders): ExternalMount[] {
  const rootPath = realPath(config.rootPath);
  const root = open(rootPath, O_PATH | O_DIRECTORY);
  const mounts: ExternalMount[] = [];
  for (const step of steps) {
    const place = placeOf(root, rootPath, step.target);
    if (step.op === "bind") mounts.push({ place, source: step.source });
    else if (step.op === "cgroup" && !isPlain(config, cgroups))
      for (const [name, source] of cgroups) mounts.push({ place: hierarchyPlace(place, name), source });
  }
  close(root);
  if (!hasOwn(config, "user")) return mounts;
  for (const { path } of config.devices) mounts.push({ place: path, source: path });
  return mounts;
}

// The one hierarchy of version 2, and those of a namespace of cgroups, are mounts that can be made again.
function isPlain(config: Config, cgroups: CgroupFolders): boolean {
  return hasOwn(config, "cgroup") || (cgroups.size === 1 && cgroups.get("") !== undefined);
}

// What is not there, such as a place on a tmpfs of the container, has no links.
function placeOf(root: number, rootPath: string, target: string): string {
  const fd = tryOpenInside(root, target, O_PATH);
  if (fd < 0) return target;
  const path = readLinkAt(CWD, `/proc/self/fd/${fd}`) ?? "";
  close(fd);
  return path.startsWith(`${rootPath}/`) ? path.slice(rootPath.length) : target;
}

/** The name under which every masked file is known. */
export const MASK = "/dev/null";

/** The masked files of a container that runs; masked folders are of the container's own. */
export function maskedFiles({ maskedPaths }: Config, pid: number): string[] {
  return maskedPaths
    .map(({ path }) => path)
    .filter((path) => {
      const type = typeAt(`/proc/${pid}/root${path}`);
      return type !== 0 && type !== S_IFDIR;
    });
}

function typeAt(path: string): number {
  try {
    return stat(path)?.type ?? 0;
  } catch {
    return 0;
  }
}

const EXT_MOUNT = 23;

/** Names a mount from outside, by what it is known as. */
export function addMount(options: WireWriter, key: string, value: string): void {
  options.message(EXT_MOUNT, new WireWriter().string(1, key).string(2, value));
}

/** The name under which a namespace from outside is known, such as `extRootNetNS`. */
export function namespaceKey(short: string): string {
  return `extRoot${short.slice(0, 1).toUpperCase()}${short.slice(1)}NS`;
}

/** The kernel's name of a type of namespace, such as `net`. */
export function shortName(type: string): string {
  if (type === "network") return "net";
  return type === "mount" ? "mnt" : type;
}
