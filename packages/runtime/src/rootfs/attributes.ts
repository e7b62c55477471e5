/**
 * Attributes and propagation of mounts, by the call for them or, without it, by remounting.
 * @module
 */
import { ENOSYS, EPERM, check } from "@teu/kernel/errno";
import { statFileSystem } from "@teu/kernel/files";
import {
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_BIND,
  MS_NOATIME,
  MS_NODIRATIME,
  MS_NOSYMFOLLOW,
  MS_REC,
  MS_REMOUNT,
  MS_STRICTATIME,
  pathOf,
  setPropagation,
  tryMount,
  trySetAttributes,
} from "@teu/kernel/mounts";
import type { MountStep } from "./mounts.ts";

/** Gives a mount its attributes and propagation. @throws SysError */
export function changeAttributes(step: MountStep, fd: number): void {
  if ((step.set | step.clear) !== 0) changeOwn(step, fd);
  if ((step.recursiveSet | step.recursiveClear) !== 0)
    change(fd, true, { set: step.recursiveSet, clear: step.recursiveClear, target: step.target });
  for (const flag of step.propagation) propagate(fd, flag, step.target);
}

function changeOwn({ set, clear, implied, target }: MountStep, fd: number): void {
  const wanted = { set, clear: clear | implied, propagation: 0, userNamespace: -1 };
  const result = trySetAttributes(fd, false, wanted);
  if (result === -ENOSYS) return remount(fd, { set, clear: clear | implied, target });
  // Flags that a mount had before it came to a user namespace are held there.
  if (result === -EPERM && implied !== 0) return change(fd, false, { set, clear, target });
  check(result, "set the attributes of", target);
}

/** Attributes to set and to clear; `target` for messages. */
export interface Change {
  readonly set: number;
  readonly clear: number;
  readonly target: string;
}

/** Sets and clears attributes of a mount, of all below it too where `recursive`. @throws SysError */
export function change(fd: number, recursive: boolean, { set, clear, target }: Change): void {
  const result = trySetAttributes(fd, recursive, { set, clear, propagation: 0, userNamespace: -1 });
  if (result === -ENOSYS && !recursive) remount(fd, { set, clear, target });
  else check(result, "set the attributes of", target);
}

/** Makes an open mount read-only, with all below it where `recursive` and the kernel can. @throws SysError */
export function makeReadonly(fd: number, target: string, recursive: boolean): void {
  const result = trySetAttributes(fd, recursive, {
    set: MOUNT_ATTR_RDONLY,
    clear: 0,
    propagation: 0,
    userNamespace: -1,
  });
  if (result === -ENOSYS) remount(fd, { set: MOUNT_ATTR_RDONLY, clear: 0, target });
  else check(result, "make read-only", target);
}

// The old call sets all attributes at once, so those that are there are given again.
function remount(fd: number, { set, clear, target }: Change): void {
  const kept = statFileSystem(fd, target).flags & KEPT_FLAGS & ~oldFlags(clear);
  const flags = MS_BIND | MS_REMOUNT | oldFlags(set) | kept;
  check(tryMount({ source: "", target: pathOf(fd), type: "", flags, data: "" }), "remount", target);
}

// Read-only, nosuid, nodev and noexec have the same bits in statfs as in mount, and so have noatime and nodiratime.
const KEPT_FLAGS = 0xf | MS_NOATIME | MS_NODIRATIME;

/** Sets the propagation of a mount, an MS_… flag perhaps with MS_REC. @throws SysError */
export function propagate(fd: number, flag: number, target: string): void {
  const recursive = (flag & MS_REC) !== 0;
  const wanted = { set: 0, clear: 0, propagation: flag & ~MS_REC, userNamespace: -1 };
  const result = trySetAttributes(fd, recursive, wanted);
  if (result === -ENOSYS) setPropagation(pathOf(fd), flag);
  else check(result, "set the propagation of", target);
}

/** The MS_… flags of MOUNT_ATTR_… ones. */
export function oldFlags(attributes: number): number {
  let flags = attributes & 0xf;
  if ((attributes & MOUNT_ATTR_NOATIME) !== 0) flags |= MS_NOATIME;
  if ((attributes & MOUNT_ATTR_STRICTATIME) !== 0) flags |= MS_STRICTATIME;
  if ((attributes & MOUNT_ATTR_NODIRATIME) !== 0) flags |= MS_NODIRATIME;
  if ((attributes & MOUNT_ATTR_NOSYMFOLLOW) !== 0) flags |= MS_NOSYMFOLLOW;
  return flags;
}
