/**
 * New file systems of a container: made detached and then attached, or by the old mount call.
 * @module
 */
import { EINVAL, ENOSYS, EPERM, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { statFd } from "@teu/kernel/files";
import { MOUNT_ATTR_RDONLY, attach, pathOf, tryMount, tryNewFileSystem } from "@teu/kernel/mounts";
import { change, oldFlags } from "./attributes.ts";
import { copyTree } from "./copy-up.ts";
import type { MountStep } from "./mounts.ts";

/** Makes a file system and attaches it to an open place; `stood` where that was there before. @throws SysError */
export function newFileSystem(given: MountStep, place: number, stood: boolean): void {
  const step = stood ? withModeOf(place, given) : given;
  const options = fileSystemOptions(step);
  const tree = tryNewFileSystem(step.type, options, step.copyUp ? step.set & ~MOUNT_ATTR_RDONLY : step.set);
  if (tree >= 0) {
    if (step.copyUp) fillTree(step, place, tree);
    attach(tree, place, step.target);
    close(tree);
    return;
  }
  // The old call also takes what only it can express, and its answer is the one to report.
  if (tree !== -ENOSYS && tree !== -EINVAL && tree !== -EPERM) check(tree, `mount ${step.type} on`, step.target);
  const call = { source: step.source, target: pathOf(place), type: step.type, flags: oldFlags(step.set) };
  check(tryMount({ ...call, data: joined(step.data) }), `mount ${step.type} on`, step.target);
}

/** Options as the old mount call takes them. A label has commas of its own. */
export function joined(data: readonly string[]): string {
  return data
    .map((item) => (item.startsWith("context=") ? `context="${item.slice("context=".length)}"` : item))
    .join(",");
}

// While the new file system is detached, what stands at its place is still seen.
function fillTree(step: MountStep, place: number, tree: number): void {
  copyTree(place, tree);
  const readonly = step.set & MOUNT_ATTR_RDONLY;
  if (readonly !== 0) change(tree, false, { set: readonly, clear: 0, target: step.target });
}

// A file system on a device is itself opened read-only for a read-only mount; one without keeps that to the mount.
function fileSystemOptions(step: MountStep): string[] {
  const options = step.source === "" ? [] : [`source=${step.source}`];
  if ((step.set & MOUNT_ATTR_RDONLY) !== 0 && step.source.startsWith("/")) options.push("ro");
  return options.concat(step.data);
}

// A tmpfs has the permissions of the folder that it stands on, unless it is told others.
function withModeOf(place: number, step: MountStep): MountStep {
  if (step.type !== "tmpfs" || step.data.some((option) => option.startsWith("mode="))) return step;
  const { mode } = statFd(place);
  const digits = [9, 6, 3, 0].map((shift) => String((mode >> shift) & 7));
  return { ...step, data: step.data.concat([`mode=${digits.join("")}`]) };
}
