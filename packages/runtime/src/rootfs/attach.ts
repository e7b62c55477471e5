/**
 * Running the steps of mounts: each is made detached, given its attributes, and then attached to a place that was looked
 * up once. Kernels and sandboxes without the calls for that get the old mount call, on the same open place.
 * @module
 */
import { ELOOP, ENOSYS, EPERM, SysError, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_PATH, open, statFileSystem } from "@teu/kernel/files";
import {
  MS_BIND,
  MS_REC,
  MS_REMOUNT,
  attach,
  mount,
  pathOf,
  tryCloneTree,
  tryMount,
  trySetAttributes,
} from "@teu/kernel/mounts";
import { Failure, fieldFailure } from "../failure.ts";
import type { Scene } from "../scene.ts";
import { mountCgroups } from "./cgroup-mounts.ts";
import { changeAttributes, oldFlags, propagate } from "./attributes.ts";
import { joined, newFileSystem } from "./file-systems.ts";
import { isFolderFd, openInside, openOrMakeFolder, openPlaceInside, tryOpenBeneath, tryOpenInside } from "./inside.ts";
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
  const { fd: place, wasThere } = openOrMakeFolder(scene.root, step.target);
  try {
    checkPlace(step, place, scene);
    newFileSystem(step, place, wasThere);
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
