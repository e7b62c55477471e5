/**
 * The root of the container: how it becomes a mount of its own, and then the root of the process.
 * @module
 */
import { EINVAL, ENOSYS, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_DIRECTORY, O_PATH, O_RDONLY, currentFolder, open, readFile, realPath, statFd } from "@teu/kernel/files";
import {
  MNT_DETACH,
  MS_BIND,
  MS_MOVE,
  MS_PRIVATE,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
  attach,
  changeFolder,
  changeFolderTo,
  changeRoot,
  mount,
  pathOf,
  pivotRoot,
  setPropagation,
  tryCloneTree,
  tryMount,
  trySetAttributes,
  unmount,
} from "@teu/kernel/mounts";
import { unescapeMount } from "../cgroup/hierarchies.ts";
import type { Config } from "../config/config.ts";
import { fieldFailure } from "../failure.ts";
import type { Scene } from "../scene.ts";
import { makeReadonly } from "./attributes.ts";
import { propagationFlag } from "./options.ts";

/** A step on the root itself. */
export interface RootStep {
  readonly on: "root";
  /**
   * `isolate` from the host's mounts, `mount` it on itself, `enter` it by pivot_root, by a `move` or by a `change` of this
   * process alone, make it `readonly`, `propagate`.
   */
  readonly op: "isolate" | "mount" | "enter" | "move" | "change" | "readonly" | "propagate";
  readonly field: string;
  readonly path: string;
  /** MS_… flags of propagation, for `mount` those of the mounts around it if shared; 0 where the step has none. */
  readonly flags: number;
}

/** The steps before the mounts. */
export function planRootBefore(config: Config, ownMounts: boolean): RootStep[] {
  const steps: RootStep[] = [];
  const flags = config.rootfsPropagation === "" ? MS_SLAVE : (propagationFlag(config.rootfsPropagation) ?? MS_SLAVE);
  // Other values are given at the end: the host's mounts are left behind by then.
  const first = flags === MS_PRIVATE ? MS_PRIVATE : MS_SLAVE;
  const isolated = config.rootfsPropagation === "shared" ? flags : first;
  if (ownMounts) steps.push(step("isolate", "linux.rootfsPropagation", "/", isolated | MS_REC));
  steps.push(step("mount", "root.path", config.rootPath, isolated === MS_SHARED ? isolated : 0));
  return steps;
}

/** The steps after the mounts. */
export function planRootAfter(config: Config, way: "enter" | "move" | "change"): RootStep[] {
  return [step(way, "root.path", config.rootPath, 0)];
}

/** The last steps, when nothing is mounted or made any more. */
export function planRootLast(config: Config): RootStep[] {
  const steps: RootStep[] = [];
  const flags = propagationFlag(config.rootfsPropagation);
  if (flags !== undefined) steps.push(step("propagate", "linux.rootfsPropagation", "/", flags));
  if (config.rootReadonly) steps.push(step("readonly", "root.readonly", "/", 0));
  return steps;
}

function step(op: RootStep["op"], field: string, path: string, flags: number): RootStep {
  return { on: "root", op, field, path, flags };
}

/** Runs one step. @throws SysError, Failure */
export function runRoot({ op, path, flags }: RootStep, scene: Scene): void {
  switch (op) {
    case "isolate":
    case "propagate":
      return setPropagation(path, flags);
    case "mount":
      return mountRoot(path, flags, scene);
    case "enter":
      return enterRoot(scene);
    case "move":
      return moveRoot(scene);
    case "change":
      changeFolderTo(scene.root);
      changeRoot(".");
      return changeFolder("/");
    case "readonly": {
      return makeReadonly(scene.root, "/", false);
    }
  }
}

// pivot_root wants a mount that is not shared, and one whose parent does not pass it on.
function mountRoot(path: string, flags: number, scene: Scene): void {
  const place = open(path, O_PATH | O_DIRECTORY);
  const real = realPath(path);
  const clone = tryCloneTree(CWD, path, true);
  const tree = clone === -ENOSYS ? bindRoot(path) : check(clone, "clone the mount of", path);
  if (statFd(place).inode !== statFd(tree).inode) throw fieldFailure("root.path", "was exchanged while it was mounted");
  if (clone >= 0) attach(tree, place, path);
  close(place);
  makeParentPrivate(real);
  if (flags === MS_SHARED) check(tryMakePrivate(tree), "make private", path);
  scene.root = tree;
}

function bindRoot(path: string): number {
  mount({ source: path, target: path, type: "", flags: MS_BIND | MS_REC, data: "" });
  return open(path, O_PATH | O_DIRECTORY);
}

// The mount that `path`, which has no links, lies on is found upwards: only a mount's own root takes a change of propagation.
function makeParentPrivate(path: string): void {
  for (let at = path; ;) {
    const slash = at.lastIndexOf("/");
    at = slash <= 0 ? "/" : at.slice(0, slash);
    const fd = open(at, O_PATH | O_DIRECTORY);
    const result = tryMakePrivate(fd);
    close(fd);
    if (result !== -EINVAL || at === "/") return;
  }
}

function tryMakePrivate(tree: number): number {
  const result = trySetAttributes(tree, false, { set: 0, clear: 0, propagation: MS_PRIVATE, userNamespace: -1 });
  if (result !== -ENOSYS) return result;
  return tryMount({ source: "", target: pathOf(tree), type: "", flags: MS_PRIVATE, data: "" });
}

// The host's tree stays below the root, out of reach but for mounts that show the kernel's own data in full.
function moveRoot(scene: Scene): void {
  changeFolderTo(scene.root);
  const lines = readFile("/proc/self/mountinfo").split("\n");
  // The last mounted first.
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    const place = unescapeMount(line.split(" ")[4] ?? "");
    if (/ - (proc|sysfs) /.test(line) && !place.startsWith(`${currentFolder()}/`)) unmount(place, MNT_DETACH);
  }
  mount({ source: ".", target: "/", type: "", flags: MS_MOVE, data: "" });
  changeRoot(".");
  changeFolder("/");
}

// The old root ends up stacked on the new one, and is taken away from there.
function enterRoot(scene: Scene): void {
  const old = open("/", O_RDONLY | O_DIRECTORY);
  changeFolderTo(scene.root);
  pivotRoot(".", ".");
  changeFolderTo(old);
  // The unmount must not reach the host.
  setPropagation(".", MS_SLAVE | MS_REC);
  unmount(".", MNT_DETACH);
  changeFolder("/");
  close(old);
}
