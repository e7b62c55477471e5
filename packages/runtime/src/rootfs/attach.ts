/**
 * Running the steps of mounts: each is made detached, given its attributes, and then attached to a place that was looked
 * up once. Kernels and sandboxes without the calls for that get the old mount call, on the same open place.
 * @module
 */
import { EINVAL, ELOOP, ENOSYS, EPERM, SysError, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_PATH, open, statFd, statFileSystem } from "@teu/kernel/files";
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
  attach,
  mount,
  pathOf,
  setPropagation,
  tryCloneTree,
  tryMount,
  tryNewFileSystem,
  trySetAttributes,
} from "@teu/kernel/mounts";
import { Failure, fieldFailure } from "../failure.ts";
import type { Scene } from "../scene.ts";
import { mountCgroups } from "./cgroup-mounts.ts";
import { copyTree } from "./copy-up.ts";
import { isFolderFd, openInside, openPlaceInside, tryOpenBeneath, tryOpenInside } from "./inside.ts";
import { type MountStep, REPLACEABLE_IN_PROC } from "./mounts.ts";
import { PROC_TYPE } from "./private-proc.ts";

/** What {@link openSources} needs to know. */
export interface SourceOptions {
  /** The root of the container on the host. */
  readonly root: string;
  /**
   * What the clones get, since they would else pass on to the host what is mounted in the container: MS_SLAVE, MS_PRIVATE,
   * or 0 to keep them as they are.
   */
  readonly propagation: number;
}

/**
 * Opens the sources of bind mounts as seen by the runtime, for containers that cannot reach them: those of other users, or
 * in mount namespaces that are not a copy of ours. A source that an earlier mount of the container makes is left for when
 * that is done. @throws SysError
 */
export function openSources(steps: readonly MountStep[], scene: Scene, { root, propagation }: SourceOptions): void {
  for (const [at, step] of steps.entries()) {
    if (step.op !== "bind" || isMadeBefore(steps.slice(0, at), sourceInside(step.source, root))) continue;
    const tree = tryCloneTree(CWD, step.source, step.recursive);
    if (tree === -ENOSYS || tree === -EPERM) continue;
    if (tree < 0) throw sourceFailure(step, tree);
    if (propagation !== 0) propagate(tree, propagation | MS_REC, step.source);
    scene.sources.set(step.field, tree);
  }
}

/** A path of the host as one of the container below `root`; empty for one that lies elsewhere. */
export function sourceInside(source: string, root: string): string {
  return source.startsWith(`${root}/`) ? source.slice(root.length) : "";
}

/** Tells whether `path` of the container is on one of the mounts, or has one below it. An empty path is on none. */
export function isMadeBefore(mounts: readonly MountStep[], path: string): boolean {
  if (path === "") return false;
  return mounts.some(({ target }) => `${path}/`.startsWith(`${target}/`) || target.startsWith(`${path}/`));
}

function sourceFailure(step: MountStep, result: number): Error {
  const { message } = new SysError("mount", step.source, -result);
  return fieldFailure(`${step.field}.source`, message, "the source of a bind mount must exist on the host");
}

/** Runs one step. @throws SysError, Failure */
export function runMount(step: MountStep, scene: Scene): void {
  if (step.op === "bind") return bind(step, scene);
  if (step.op === "cgroup") return mountCgroups(step, scene);
  if (step.op === "remount") return remountPlace(step, scene);
  const before = tryOpenInside(scene.root, step.target, O_PATH);
  close(before);
  const place = openPlaceInside(scene.root, step.target, true);
  try {
    checkPlace(step, place, scene);
    newFileSystem(step, place, before >= 0);
  } finally {
    close(place);
  }
  finish(step, scene);
}

function bind(step: MountStep, scene: Scene): void {
  const tree = scene.sources.get(step.field) ?? ownSource(step, scene);
  if (tree < 0 && tree !== -ENOSYS && tree !== -EPERM) throw sourceFailure(step, tree);
  const source = tree >= 0 ? tree : openSource(step, scene);
  const place = openPlaceInside(scene.root, step.target, isFolderFd(source));
  const detached = tree >= 0 && canChange(step, tree);
  try {
    checkPlace(step, place, scene);
    if (tree >= 0) {
      if (detached) changeAttributes(step, tree);
      attach(tree, place, step.target);
    } else {
      bindByPath(step, source, place);
    }
  } finally {
    close(place);
    close(source);
  }
  if (!detached) finish(step, scene);
}

function ownSource(step: MountStep, scene: Scene): number {
  const tree = cloneSource(step, scene);
  if (step.mappedIds === "") return tree;
  check(tree, "clone the mount of", step.source);
  scene.mapIds(tree);
  return tree;
}

// A source inside the root is looked up there: it may be what a mount before has made, and its links lead nowhere else.
function cloneSource({ source, recursive }: MountStep, scene: Scene): number {
  const path = sourceInside(source, scene.rootPath);
  if (path === "") return tryCloneTree(CWD, source, recursive);
  const place = tryOpenInside(scene.root, path, O_PATH);
  const tree = place < 0 ? place : tryCloneTree(place, "", recursive);
  close(place);
  return tree;
}

// Kernels without mount_setattr change only what is in its place.
function canChange({ set, clear, recursiveSet, recursiveClear, propagation }: MountStep, tree: number): boolean {
  if ((set | clear | recursiveSet | recursiveClear) === 0 && propagation.length === 0) return true;
  return trySetAttributes(tree, false, { set: 0, clear: 0, propagation: 0, userNamespace: -1 }) !== -ENOSYS;
}

// A link of the image must not lead a mount into /proc, nor the kernel's own file systems elsewhere than they say.
function checkPlace({ target, type }: MountStep, place: number, scene: Scene): void {
  const inProc = statFileSystem(place, target).type === PROC_TYPE;
  if (inProc && target !== "/proc" && !REPLACEABLE_IN_PROC.includes(target))
    throw new Failure(`${JSON.stringify(target)} cannot be mounted because it is inside /proc`);
  if (type !== "proc" && type !== "sysfs") return;
  const direct = tryOpenBeneath(scene.root, target.slice(1), O_PATH);
  close(direct);
  if (direct === -ELOOP)
    throw new Failure(
      `${JSON.stringify(target)} must be mounted on ordinary directory, and is a link: ${type} is not mounted`,
    );
}

// What is mounted there is changed, not what stands below it.
function remountPlace(step: MountStep, scene: Scene): void {
  const place = openInside(scene.root, step.target, O_PATH);
  try {
    if (step.data.length === 0) return changeAttributes(step, place);
    const flags = MS_REMOUNT | oldFlags(step.set);
    const call = { source: step.source, target: pathOf(place), type: step.type, flags, data: joined(step.data) };
    check(tryMount(call), "remount", step.target);
  } finally {
    close(place);
  }
}

function openSource({ source }: MountStep, scene: Scene): number {
  const path = sourceInside(source, scene.rootPath);
  return path === "" ? open(source, O_PATH) : openInside(scene.root, path, O_PATH);
}

function bindByPath(step: MountStep, source: number, place: number): void {
  const flags = MS_BIND | (step.recursive ? MS_REC : 0);
  mount({ source: pathOf(source), target: pathOf(place), type: "", flags, data: "" });
}

/** Gives a mount its attributes and propagation. @throws SysError */
function changeAttributes(step: MountStep, fd: number): void {
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

interface Change {
  readonly set: number;
  readonly clear: number;
  readonly target: string;
}

function change(fd: number, recursive: boolean, { set, clear, target }: Change): void {
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

function propagate(fd: number, flag: number, target: string): void {
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

function newFileSystem(given: MountStep, place: number, stood: boolean): void {
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

// A label has commas of its own.
function joined(data: readonly string[]): string {
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

/** What can be done only to a mount in its place. */
function finish(step: MountStep, scene: Scene): void {
  if (step.propagation.length === 0 && (step.recursiveSet | step.recursiveClear) === 0 && step.op === "new") return;
  const fd = openInside(scene.root, step.target, O_PATH);
  try {
    changeAttributes(step, fd);
  } finally {
    close(fd);
  }
}
