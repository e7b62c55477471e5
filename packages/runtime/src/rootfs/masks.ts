/**
 * Paths that a container sees empty or may not change.
 * @module
 */
import { ENOENT, ENOSYS, ENOTDIR, EPERM, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_NOFOLLOW, O_PATH, S_IFCHR, S_IFDIR, statFd } from "@teu/kernel/files";
import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_BIND,
  MS_REC,
  attach,
  mount,
  pathOf,
  tryCloneTree,
  tryNewFileSystem,
  trySetAttributes,
} from "@teu/kernel/mounts";
import type { Config } from "../config/config.ts";
import { hasOwn } from "../container/namespaces.ts";
import { failureWithHint } from "../failure.ts";
import type { Scene } from "../scene.ts";
import { makeReadonly, oldFlags } from "./attributes.ts";
import { deviceNumber } from "./devices.ts";
import { openInside, tryOpenInside } from "./inside.ts";

/** A path to hide or to protect. */
export interface PathStep {
  readonly on: "path";
  readonly op: "mask" | "readonly";
  readonly field: string;
  readonly path: string;
}

/** Read-only paths, then masked ones. */
export function planPaths(config: Config): PathStep[] {
  const steps: PathStep[] = planHostCgroups(config);
  for (const { field, path } of config.readonlyPaths) steps.push({ on: "path", op: "readonly", field, path });
  for (const { field, path } of config.maskedPaths) steps.push({ on: "path", op: "mask", field, path });
  return steps;
}

// A read-only bind of the host's /sys leaves the mounts below as they are: without this, who owns a cgroup there could
// write to it from a user namespace of no rights (CVE-2023-25809).
function planHostCgroups(config: Config): PathStep[] {
  const sys = config.mounts.find(({ isBind, destination }) => isBind && destination === "/sys");
  const hasOthers = config.mounts.some(({ destination }) => destination === "/sys/fs/cgroup");
  if (sys === undefined || !sys.options.includes("ro") || hasOthers || !hasOwn(config, "user")) return [];
  return [{ on: "path", op: "readonly", field: sys.field, path: "/sys/fs/cgroup" }];
}

/** Opens the host's /dev/null for masks, and makes sure that it is that. @throws SysError, Failure */
export function openNullDevice(scene: Scene): void {
  const fd = tryCloneTree(CWD, "/dev/null", false);
  // Who is no root may do so in a mount namespace of its own only: the first process tries again.
  if (fd === -EPERM || fd === -ENOSYS) return;
  check(fd, "clone the mount of", "/dev/null");
  checkNullDevice(fd);
  scene.nullDevice = fd;
}

function checkNullDevice(fd: number): void {
  const found = statFd(fd);
  if (found.type !== S_IFCHR || found.special !== deviceNumber(1, 3))
    throw failureWithHint('"/dev/null" is not the null device', "restore it: mknod -m 666 /dev/null c 1 3");
}

/** Runs one step; a path that does not exist needs nothing. @throws SysError */
export function runPath(step: PathStep, scene: Scene): void {
  const place = tryOpenInside(scene.root, step.path, O_PATH);
  if (place === -ENOENT || place === -ENOTDIR) return;
  check(place, "open in the root", step.path);
  try {
    if (step.op === "readonly") protect(place, step.path, scene);
    else if (statFd(place).type === S_IFDIR) maskFolder(place, step.path, scene);
    else maskFile(place, step.path, scene);
  } finally {
    close(place);
  }
}

function protect(place: number, path: string, scene: Scene): void {
  if (protectDetached(place, path)) return;
  bindByPath(place, place);
  const bound = openInside(scene.root, path, O_PATH);
  makeReadonly(bound, path, true);
  close(bound);
}

// False where the kernel has no calls for that.
function protectDetached(place: number, path: string): boolean {
  const tree = tryCloneTree(place, "", true);
  if (tree === -ENOSYS) return false;
  check(tree, "clone the mount of", path);
  const result = trySetAttributes(tree, true, READONLY);
  if (result !== -ENOSYS) {
    check(result, "make read-only", path);
    attach(tree, place, path);
  }
  close(tree);
  return result !== -ENOSYS;
}

const READONLY = { set: MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, userNamespace: -1 };

function bindByPath(source: number, place: number): void {
  mount({ source: pathOf(source), target: pathOf(place), type: "", flags: MS_BIND | MS_REC, data: "" });
}

function maskFile(place: number, path: string, scene: Scene): void {
  if (scene.nullDevice < 0) return maskByOwnNull(place, scene);
  const tree = scene.nullPlaced ? tryCloneTree(scene.nullDevice, "", false) : scene.nullDevice;
  attach(check(tree, "clone the mount of", "/dev/null"), place, path);
  if (scene.nullPlaced) close(tree);
  scene.nullPlaced = true;
}

// Without detached mounts the host's device is out of reach by now; the container's own is looked at before it is used.
function maskByOwnNull(place: number, scene: Scene): void {
  const own = openInside(scene.root, "/dev/null", O_PATH | O_NOFOLLOW);
  checkNullDevice(own);
  bindByPath(own, place);
  close(own);
}

// One file system for all masked folders: each costs the kernel memory.
function maskFolder(place: number, path: string, scene: Scene): void {
  const attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const tree =
    scene.emptyFolder < 0 ? tryNewFileSystem("tmpfs", EMPTY, attributes) : tryCloneTree(scene.emptyFolder, "", false);
  if (tree === -ENOSYS) {
    const call = { source: "tmpfs", target: pathOf(place), type: "tmpfs", flags: oldFlags(attributes) };
    return mount({ ...call, data: EMPTY.join(",") });
  }
  attach(check(tree, "make an empty folder for", path), place, path);
  if (scene.emptyFolder < 0) scene.emptyFolder = tree;
  else close(tree);
}

const EMPTY: readonly string[] = ["size=4k", "nr_inodes=2", "mode=755"];
