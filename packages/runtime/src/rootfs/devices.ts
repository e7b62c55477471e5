/**
 * The device files and links of a container.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#default-devices
 * @module
 */
import { EPERM } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import {
  AT_SYMLINK_NOFOLLOW,
  CWD,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  chmodAt,
  chownAt,
  makeNodeAt,
  statAt,
  symlinkAt,
  unlinkAt,
} from "@teu/kernel/files";
import { MS_BIND, attach, mount, pathOf, tryCloneTree } from "@teu/kernel/mounts";
import { check } from "@teu/kernel/errno";
import type { Config } from "../config/config.ts";
import type { DeviceConfig } from "../config/devices.ts";
import { fieldFailure } from "../failure.ts";
import { type LastFolder, openPlaceInside, splitPath } from "./inside.ts";

/** One device file to make. */
export interface DeviceStep {
  readonly on: "device";
  /** A user namespace may not make devices: there the host's own is bound. */
  readonly op: "make" | "bind";
  readonly field: string;
  readonly path: string;
  /** `c`, `b` or `p`. */
  readonly type: string;
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** One symbolic link of /dev. */
export interface LinkStep {
  readonly on: "link";
  readonly field: string;
  readonly path: string;
  readonly target: string;
  /** Made only where this exists on the host; empty for always. */
  readonly when: string;
}

const DEFAULTS: readonly DeviceConfig[] = [
  standard("/dev/null", 1, 3),
  standard("/dev/zero", 1, 5),
  standard("/dev/full", 1, 7),
  standard("/dev/random", 1, 8),
  standard("/dev/urandom", 1, 9),
  standard("/dev/tty", 5, 0),
];

function standard(path: string, major: number, minor: number): DeviceConfig {
  return { path, type: "c", major, minor, mode: 0o666, uid: 0, gid: 0, field: "default devices" };
}

/** The devices that every container has, then those of the configuration, which win. */
export function planDevices(config: Config, inUserNamespace: boolean): DeviceStep[] {
  const given = config.devices.map((device) => device.path);
  const all = DEFAULTS.filter((device) => !given.includes(device.path)).concat(config.devices);
  return all.map((device) => ({
    on: "device" as const,
    op: inUserNamespace && device.type !== "p" ? ("bind" as const) : ("make" as const),
    field: device.field,
    path: device.path,
    type: device.type,
    major: device.major,
    minor: device.minor,
    mode: device.mode,
    uid: device.uid,
    gid: device.gid,
  }));
}

/** The links of /dev. */
export function planLinks(): LinkStep[] {
  return [
    link("/dev/fd", "/proc/self/fd", ""),
    link("/dev/stdin", "/proc/self/fd/0", ""),
    link("/dev/stdout", "/proc/self/fd/1", ""),
    link("/dev/stderr", "/proc/self/fd/2", ""),
    link("/dev/core", "/proc/kcore", "/proc/kcore"),
    link("/dev/ptmx", "pts/ptmx", ""),
  ];
}

function link(path: string, target: string, when: string): LinkStep {
  return { on: "link", field: "default devices", path, target, when };
}

/** Makes or binds one device below the open folder `root`. @throws SysError, Failure */
export function runDevice(step: DeviceStep, root: number, last: LastFolder): void {
  if (step.op === "bind") return bindDevice(step, root);
  const { folder, name } = splitPath(step.path);
  const parent = last.open(root, folder);
  const kind = step.type === "b" ? S_IFBLK : step.type === "p" ? S_IFIFO : S_IFCHR;
  const made = makeNodeAt(parent, name, kind | (step.mode & 0o7777), [step.major, step.minor]);
  if (!made) return checkSame(step, parent, name, kind);
  chownAt(parent, name, step.uid, step.gid);
  chmodAt(parent, name, step.mode & 0o7777);
}

function checkSame(step: DeviceStep, parent: number, name: string, kind: number): void {
  const found = statAt(parent, name, AT_SYMLINK_NOFOLLOW);
  const special = step.type === "p" ? 0 : deviceNumber(step.major, step.minor);
  if (found !== undefined && found.type === kind && found.special === special) return;
  throw fieldFailure(step.field, `${JSON.stringify(step.path)} exists and is another file than the device`);
}

/** The number of a device file, as the kernel packs it. */
export function deviceNumber(major: number, minor: number): number {
  const low = (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x100000;
  return low + Math.floor(major / 0x1000) * 0x100000000000;
}

function bindDevice(step: DeviceStep, root: number): void {
  const place = openPlaceInside(root, step.path, false);
  try {
    const tree = tryCloneTree(CWD, step.path, false);
    if (tree >= 0) attach(tree, place, step.path);
    else mount({ source: step.path, target: pathOf(place), type: "", flags: MS_BIND, data: "" });
    close(tree);
  } finally {
    close(place);
  }
}

/** Makes one link below the open folder `root`; what stands there stays, but for a `ptmx` that is no link. @throws SysError */
export function runLink(step: LinkStep, root: number, last: LastFolder): void {
  if (step.when !== "" && statAt(CWD, step.when, 0) === undefined) return;
  const { folder, name } = splitPath(step.path);
  const parent = last.open(root, folder);
  if (symlinkAt(step.target, parent, name) || name !== "ptmx") return;
  unlinkAt(parent, name);
  check(symlinkAt(step.target, parent, name) ? 0 : -EPERM, "symlink", step.path);
}
