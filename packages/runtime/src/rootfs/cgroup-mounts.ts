/**
 * The view of its own cgroups that a container has at a mount of type `cgroup`.
 * @module
 */
import { check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_PATH, symlinkAt } from "@teu/kernel/files";
import { MOUNT_ATTR_RDONLY, attach, tryCloneTree, tryNewFileSystem, trySetAttributes } from "@teu/kernel/mounts";
import type { Scene } from "../scene.ts";
import { openFolderInside, openInside, openPlaceInside } from "./inside.ts";
import type { MountStep } from "./mounts.ts";

/** Mounts a folder with one entry per hierarchy of version 1, or the one hierarchy of version 2. @throws SysError */
export function mountCgroups(step: MountStep, scene: Scene): void {
  const unified = scene.cgroups.get("");
  if (unified !== undefined && scene.cgroups.size === 1)
    return bindHierarchy(step, scene, { at: step.target, from: unified });
  const attributes = step.set & ~MOUNT_ATTR_RDONLY;
  const tree = check(tryNewFileSystem("tmpfs", ["mode=755"], attributes), "mount tmpfs on", step.target);
  const place = openPlaceInside(scene.root, step.target, true);
  attach(tree, place, step.target);
  close(place);
  for (const [name, folder] of scene.cgroups) {
    const at = hierarchyPlace(step.target, name);
    bindHierarchy(step, scene, { at, from: folder });
  }
  linkControllers(tree, scene);
  const readonly = { set: step.set & MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, userNamespace: -1 };
  if (readonly.set !== 0) check(trySetAttributes(tree, false, readonly), "make read-only", step.target);
  close(tree);
}

/** Where a hierarchy of version 1, or version 2 beside it, is below a mount of type `cgroup`. */
export function hierarchyPlace(target: string, name: string): string {
  return `${target}/${name === "" ? "unified" : name.replace(/^name=/, "")}`;
}

interface Hierarchy {
  readonly at: string;
  readonly from: string;
}

function bindHierarchy(step: MountStep, scene: Scene, { at, from }: Hierarchy): void {
  const source = check(tryCloneTree(CWD, from, false), "clone the mount of", from);
  const change = { set: step.set, clear: step.clear, propagation: 0, userNamespace: -1 };
  check(trySetAttributes(source, false, change), "set the attributes of", at);
  const place = openFolderInside(scene.root, at);
  attach(source, place, at);
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
