/**
 * The mounts of a configuration as steps. Pure.
 * @module
 */
import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
} from "@teu/kernel/mounts";
import type { MountConfig } from "../config/mounts.ts";
import { fieldFailure } from "../failure.ts";
import { type Attributes, parseMountOptions } from "./options.ts";

/** One mount, in the kernel's terms; fields as in {@link MountOptions}. */
export interface MountStep {
  readonly on: "mount";
  /** `bind` a part of the host, make a `new` file system, show the container's `cgroup`s, change what is mounted. */
  readonly op: "bind" | "new" | "cgroup" | "remount";
  readonly field: string;
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly data: readonly string[];
  readonly set: number;
  readonly clear: number;
  /** To clear too, unless the kernel holds them: what the source of a bind has and none of the options names. */
  readonly implied: number;
  readonly recursiveSet: number;
  readonly recursiveClear: number;
  readonly propagation: readonly number[];
  readonly recursive: boolean;
  readonly copyUp: boolean;
  readonly mappedIds: string;
}

/** What of the whole configuration a mount depends on. */
export interface MountFacts {
  /** The SELinux label of new file systems; empty for none. */
  readonly label: string;
  /** The container has a user namespace, which may not take away what protects the host's mounts. */
  readonly hasUsers: boolean;
}

/** The step of one mount. @throws Failure */
export function planMount(mount: MountConfig, { label, hasUsers }: MountFacts): MountStep {
  const options = parseMountOptions(mount.options);
  if (options.mappedIds !== "" && !mount.isBind) throw fieldFailure(mount.field, "mapped ids are for bind mounts");
  checkPlaceInProc(mount);
  const isNew = !mount.isBind && !options.remount;
  const labels = label === "" || !isNew || UNLABELLED.includes(mount.type) ? [] : [`context=${label}`];
  return {
    on: "mount",
    op: operationOf(mount, options.remount),
    field: mount.field,
    source: mount.source,
    target: mount.destination,
    type: mount.type,
    data: mount.isBind ? options.data : [...options.flags, ...options.data, ...labels],
    set: options.own.set,
    clear: options.own.clear,
    implied: mount.isBind && !options.remount ? impliedClear(options.own, hasUsers) : 0,
    recursiveSet: options.recursive.set,
    recursiveClear: options.recursive.clear,
    propagation: options.propagation,
    recursive: options.recursiveBind,
    copyUp: options.copyUp,
    mappedIds: options.mappedIds === "" && mount.uidMappings.length > 0 ? "idmap" : options.mappedIds,
  };
}

/** A step at the same place that sets the attributes `set`: as a new mount with all its options, as a remount with none. */
export function withAttributes(step: MountStep, op: "new" | "remount", set: number): MountStep {
  const { field, source, target, type, clear, implied, recursiveSet, recursiveClear, recursive, copyUp, mappedIds } =
    step;
  const data: readonly string[] = op === "new" ? step.data : NO_DATA;
  const propagation: readonly number[] = op === "new" ? step.propagation : NO_FLAGS;
  const place = { on: "mount" as const, op, field, source, target, type, data, propagation };
  return { ...place, set, clear, implied, recursiveSet, recursiveClear, recursive, copyUp, mappedIds };
}

// A bind mount without options is as its source is; with any, it has those and no others. Access times stay.
function impliedClear({ set, clear }: Attributes, hasUsers: boolean): number {
  if ((set | clear) === 0) return 0;
  return (hasUsers ? MOUNT_ATTR_NOSYMFOLLOW : LOCKABLE | MOUNT_ATTR_NOSYMFOLLOW) & ~set & ~clear;
}

const LOCKABLE = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

const NO_DATA: readonly string[] = [];
const NO_FLAGS: readonly number[] = [];

// File systems of the kernel's own data have labels of their own.
const UNLABELLED: readonly string[] = ["proc", "sysfs", "cgroup", "cgroup2"];

function operationOf({ isBind, type }: MountConfig, remount: boolean): MountStep["op"] {
  if (remount) return "remount";
  if (isBind) return "bind";
  return type === "cgroup" || type === "cgroup2" ? "cgroup" : "new";
}

/** Files of /proc that tools such as lxcfs replace, and that no rule of ours rests on. */
export const REPLACEABLE_IN_PROC: readonly string[] = [
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/uptime",
  "/proc/loadavg",
  "/proc/slabinfo",
  "/proc/sys/kernel/ns_last_pid",
  "/proc/sys/crypto/fips_enabled",
];

// What stands over /proc could catch the writes that protect the container (CVE-2019-16884, CVE-2019-19921).
function checkPlaceInProc({ destination, field }: MountConfig): void {
  if (!destination.startsWith("/proc/") || REPLACEABLE_IN_PROC.includes(destination)) return;
  throw fieldFailure(
    `${field}.destination`,
    `${JSON.stringify(destination)} cannot be mounted because it is inside /proc`,
    `only a few files may be replaced: ${REPLACEABLE_IN_PROC.join(", ")}`,
  );
}
