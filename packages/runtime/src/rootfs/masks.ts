/**
 * Paths that a container sees empty or may not change.
 * @module
 */
import { ENOENT, ENOTDIR, EPERM, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_PATH, S_IFCHR, S_IFDIR, statFd } from "@teu/kernel/files";
import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  attach,
  tryCloneTree,
  tryNewFileSystem,
  trySetAttributes,
} from "@teu/kernel/mounts";
import type { Config } from "../config/config.ts";
import { failureWithHint } from "../failure.ts";
import type { Scene } from "../scene.ts";
import { deviceNumber } from "./devices.ts";
import { tryOpenInside } from "./inside.ts";

/** A path to hide or to protect. */
export interface PathStep {
  readonly on: "path";
  readonly op: "mask" | "readonly";
  readonly field: string;
  readonly path: string;
}

/** Read-only paths, then masked ones. */
export function planPaths(config: Config): PathStep[] {
  const steps: PathStep[] = [];
  for (const { field, path } of config.readonlyPaths) steps.push({ on: "path", op: "readonly", field, path });
  for (const { field, path } of config.maskedPaths) steps.push({ on: "path", op: "mask", field, path });
  return steps;
}

/** Opens the host's /dev/null for masks, and makes sure that it is that. @throws SysError, Failure */
export function openNullDevice(scene: Scene): void {
  const fd = tryCloneTree(CWD, "/dev/null", false);
  // Who is no root may do so in a mount namespace of its own only: the first process tries again.
  if (fd === -EPERM) return;
  check(fd, "clone the mount of", "/dev/null");
  const found = statFd(fd);
  if (found.type !== S_IFCHR || found.special !== deviceNumber(1, 3))
    throw failureWithHint('"/dev/null" of the host is not the null device', "restore it: mknod -m 666 /dev/null c 1 3");
  scene.nullDevice = fd;
}

/** Runs one step; a path that does not exist needs nothing. @throws SysError */
export function runPath(step: PathStep, scene: Scene): void {
  const place = tryOpenInside(scene.root, step.path, O_PATH);
  if (place === -ENOENT || place === -ENOTDIR) return;
  check(place, "open in the root", step.path);
  try {
    if (step.op === "readonly") protect(place, step.path);
    else if (statFd(place).type === S_IFDIR) maskFolder(place, step.path, scene);
    else maskFile(place, step.path, scene);
  } finally {
    close(place);
  }
}

const READONLY = { set: MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, userNamespace: -1 };

function protect(place: number, path: string): void {
  const tree = check(tryCloneTree(place, "", true), "clone the mount of", path);
  check(trySetAttributes(tree, true, READONLY), "make read-only", path);
  attach(tree, place, path);
  close(tree);
}

function maskFile(place: number, path: string, scene: Scene): void {
  const tree = scene.nullPlaced ? tryCloneTree(scene.nullDevice, "", false) : scene.nullDevice;
  attach(check(tree, "clone the mount of", "/dev/null"), place, path);
  if (scene.nullPlaced) close(tree);
  scene.nullPlaced = true;
}

// One file system for all masked folders: each costs the kernel memory.
function maskFolder(place: number, path: string, scene: Scene): void {
  const attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const tree =
    scene.emptyFolder < 0
      ? tryNewFileSystem("tmpfs", ["size=4k", "nr_inodes=2", "mode=755"], attributes)
      : tryCloneTree(scene.emptyFolder, "", false);
  attach(check(tree, "make an empty folder for", path), place, path);
  if (scene.emptyFolder < 0) scene.emptyFolder = tree;
  else close(tree);
}
