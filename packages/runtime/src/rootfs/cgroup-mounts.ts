/**
 * The view of its own cgroups that a container has at a mount of type `cgroup`.
 * @module
 */
import { check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_DIRECTORY, O_NOFOLLOW, O_PATH, mkdirAt, openAt, symlinkAt } from "@teu/kernel/files";
import { MOUNT_ATTR_RDONLY, attach, tryCloneTree, tryNewFileSystem, trySetAttributes } from "@teu/kernel/mounts";
import type { Scene } from "../scene.ts";
import { openInside, openPlaceInside } from "./inside.ts";
import type { MountStep } from "./mounts.ts";

/** Mounts a folder with one entry per hierarchy of version 1, or the one hierarchy of version 2. @throws SysError */
export function mountCgroups(step: MountStep, scene: Scene): void {
  const unified = scene.cgroups.get("");
  if (unified !== undefined && scene.cgroups.size === 1)
    return bindHierarchy(step, unified, openPlaceInside(scene.root, step.target, true));
  const attributes = step.set & ~MOUNT_ATTR_RDONLY;
  const tree = check(tryNewFileSystem("tmpfs", ["mode=755"], attributes), "mount tmpfs on", step.target);
  const place = openPlaceInside(scene.root, step.target, true);
  attach(tree, place, step.target);
  close(place);
  for (const [name, folder] of scene.cgroups) bindHierarchy(step, folder, makePlace(tree, hierarchyName(name)));
  linkControllers(tree, scene);
  const readonly = { set: step.set & MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, userNamespace: -1 };
  if (readonly.set !== 0) check(trySetAttributes(tree, false, readonly), "make read-only", step.target);
  close(tree);
}

/** Where a hierarchy of version 1, or version 2 beside it, is below a mount of type `cgroup`. */
export function hierarchyPlace(target: string, name: string): string {
  return `${target}/${hierarchyName(name)}`;
}

function hierarchyName(name: string): string {
  return name === "" ? "unified" : name.replace(/^name=/, "");
}

// The folder is ours, and nobody else has been where it is mounted.
function makePlace(folder: number, name: string): number {
  mkdirAt(folder, name, 0o755);
  return openAt(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

/** Closes `place`. */
function bindHierarchy(step: MountStep, from: string, place: number): void {
  const source = check(tryCloneTree(CWD, from, false), "clone the mount of", from);
  const change = { set: step.set, clear: step.clear, propagation: 0, userNamespace: -1 };
  check(trySetAttributes(source, false, change), "set the attributes of", from);
  attach(source, place, from);
  close(place);
  close(source);
}

// Controllers that share a hierarchy, as `cpu,cpuacct` do, are found by each of their names, too.
function linkControllers(folder: number, scene: Scene): void {
  const fd = openInside(folder, ".", O_PATH);
  for (const name of scene.cgroups.keys()) {
    if (!name.includes(",")) continue;
    for (const controller of name.split(",")) symlinkAt(name, fd, controller);
  }
  close(fd);
}
