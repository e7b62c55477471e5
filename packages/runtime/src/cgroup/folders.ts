/**
 * The folders of a container's cgroups: made, joined, frozen, emptied and removed.
 * @module
 */
import { EACCES, EBUSY, ENOENT, ENOTEMPTY, EPERM, EROFS, SysError, check } from "@teu/kernel/errno";
import { monotonicMs, sleepMs } from "@teu/kernel/clock";
import {
  CWD,
  O_DIRECTORY,
  O_RDONLY,
  exists,
  listFolder,
  makeFolders,
  open,
  readFile,
  statAt,
  tryReadFile,
  tryRemoveFolder,
  tryWriteFile,
  writeFile,
} from "@teu/kernel/files";
import { effectiveUser } from "@teu/kernel/identity";
import { kill } from "@teu/kernel/processes";
import { cleanPath } from "../config/read.ts";
import { asFailure, fieldFailure } from "../failure.ts";
import type { Hierarchy } from "./hierarchies.ts";

/** The folder of each cgroup by the name of its hierarchy. */
export type CgroupFolders = ReadonlyMap<string, string>;

/** Where a container's cgroups are to be: `path` as in `linux.cgroupsPath`, its default is `id` below the runtime's own. */
export function chooseFolders(hierarchies: readonly Hierarchy[], path: string, id: string): CgroupFolders {
  const folders = new Map<string, string>();
  for (const { name, mountPoint, own } of hierarchies) {
    const below = path.startsWith("/") ? cleanPath(path) : cleanPath(`${own}${cleanPath(path === "" ? id : path)}`);
    folders.set(name, `${mountPoint}${below}`);
  }
  return folders;
}

/**
 * Makes sure that those of the folders that are there can be a container's: without processes, and not frozen. To be asked
 * before anything is made, since what is made is undone with all the processes in it.
 * @throws Failure
 */
export function checkFolders(folders: CgroupFolders): void {
  for (const [name, folder] of folders) if (exists(folder)) checkUsable(name, folder);
}

/** Makes the folders. @throws SysError */
export function makeCgroups(folders: CgroupFolders): void {
  for (const [name, folder] of folders) {
    makeFolders(folder, 0o755);
    if (name === "") enableControllers(parentOf(folder));
    if (name.split(",").includes("cpuset")) inheritCpuset(folder);
  }
}

/** Makes those of the folders that this user may make; returns them. */
export function makePossibleCgroups(folders: CgroupFolders): CgroupFolders {
  const made = new Map<string, string>();
  for (const [name, folder] of folders) {
    const one = new Map<string, string>();
    one.set(name, folder);
    try {
      makeCgroups(one);
    } catch (error) {
      if (error instanceof SysError && REFUSALS.includes(error.errno)) continue;
      throw asFailure(error);
    }
    made.set(name, folder);
  }
  return made;
}

const REFUSALS: readonly number[] = [EACCES, ENOENT, EPERM, EROFS];

/** Makes the folders that are missing, for a process that is in some of them already. @throws SysError */
export function completeCgroups(folders: CgroupFolders): void {
  for (const [name, folder] of folders) {
    makeFolders(folder, 0o755);
    if (name.split(",").includes("cpuset")) inheritCpuset(folder);
  }
}

// Version 2 gives a folder the controllers that every folder above it hands down.
function enableControllers(folder: string): void {
  const above = parentOf(folder);
  const controllers = tryReadFile(`${folder}/cgroup.controllers`);
  if (controllers === undefined) return;
  if (exists(`${above}/cgroup.controllers`)) enableControllers(above);
  const enabled = (tryReadFile(`${folder}/cgroup.subtree_control`) ?? "").trim().split(" ");
  for (const name of (tryReadFile(`${folder}/cgroup.controllers`) ?? "").trim().split(" "))
    if (name !== "" && !enabled.includes(name)) tryWriteFile(`${folder}/cgroup.subtree_control`, `+${name}`);
}

// A process that joins a frozen cgroup stands still, and whoever waits for it does so too.
function checkUsable(name: string, folder: string): void {
  const one = new Map<string, string>();
  one.set(name, folder);
  if (isFrozen(one) || (name === "" && isAskedToFreeze(folder)))
    throw fieldFailure(
      "linux.cgroupsPath",
      `container's cgroup unexpectedly frozen: ${JSON.stringify(folder)}`,
      "thaw it, or remove it, or give each container a path of its own",
    );
  checkEmpty(folder);
}

// An empty cgroup of version 2 that is to freeze does not always say that it is frozen.
function isAskedToFreeze(folder: string): boolean {
  return (tryReadFile(`${folder}/cgroup.freeze`) ?? "").trim() === "1";
}

function checkEmpty(folder: string): void {
  if ((tryReadFile(`${folder}/cgroup.procs`) ?? "") === "") return;
  throw fieldFailure(
    "linux.cgroupsPath",
    `container's cgroup is not empty: ${JSON.stringify(folder)} has processes already`,
    "give each container a path of its own",
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

// A new cpuset of version 1 has neither processors nor memory, and takes no process before it has.
function inheritCpuset(folder: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if ((tryReadFile(`${folder}/${file}`) ?? "").trim() !== "") continue;
    const parent = parentOf(folder);
    let value = readFile(`${parent}/${file}`);
    if (value.trim() === "") {
      inheritCpuset(parent);
      value = readFile(`${parent}/${file}`);
    }
    writeFile(`${folder}/${file}`, value);
  }
}

/** Moves a process into the cgroups. @throws SysError */
export function joinCgroups(folders: CgroupFolders, pid: number): void {
  for (const folder of folders.values()) writeFile(`${folder}/cgroup.procs`, String(pid));
}

/** The processes of a container: of the hierarchy that its freezer or version 2 has, with those below. */
export function listProcesses(folders: CgroupFolders): number[] {
  const folder = mainFolder(folders);
  const pids: number[] = [];
  if (folder !== undefined) collectProcesses(folder, pids);
  return pids;
}

function collectProcesses(folder: string, pids: number[]): void {
  for (const line of (tryReadFile(`${folder}/cgroup.procs`) ?? "").split("\n"))
    if (line !== "") pids.push(Number(line));
  for (const child of subfolders(folder)) collectProcesses(child, pids);
}

function subfolders(folder: string): string[] {
  // Most have none, which the number of links tells sooner than the list.
  if ((statAt(CWD, folder)?.links ?? 0) <= 2) return [];
  let names: string[] = [];
  try {
    names = listFolder(folder);
  } catch {
    return [];
  }
  return names.map((name) => `${folder}/${name}`).filter((path) => exists(`${path}/cgroup.procs`));
}

/** The folder in the hierarchy of a controller, of version 2 where no other has it. An empty name is version 2. */
export function folderOf(folders: CgroupFolders, controller: string): string | undefined {
  if (controller === "") return folders.get("");
  for (const [name, folder] of folders) if (name.split(",").includes(controller)) return folder;
  return folders.get("");
}

/** The folder of the hierarchy that a container cannot leave. In any one hierarchy are all processes. */
export function mainFolder(folders: CgroupFolders): string | undefined {
  for (const [name, folder] of folders)
    if (name.split(",").includes("freezer") || (name === "" && folders.size === 1)) return folder;
  for (const folder of folders.values()) return folder;
  return undefined;
}

/** Signals every process of the cgroups. */
export function signalAll(folders: CgroupFolders, signal: number): void {
  for (const pid of listProcesses(folders)) kill(pid, signal);
}

/** Tells whether the container is frozen. */
export function isFrozen(folders: CgroupFolders): boolean {
  for (const [name, folder] of folders) {
    if (name.split(",").includes("freezer"))
      return (tryReadFile(`${folder}/freezer.state`) ?? "").trim() !== "THAWED" && exists(`${folder}/freezer.state`);
    if (name === "" && folders.size === 1) return (tryReadFile(`${folder}/cgroup.events`) ?? "").includes("frozen 1");
  }
  return false;
}

/** Freezes or thaws the container, and waits until that is done. @throws SysError, Failure */
export function setFrozen(folders: CgroupFolders, frozen: boolean): void {
  for (const [name, folder] of folders) {
    if (name.split(",").includes("freezer")) return freezeVersion1(folder, frozen);
    if (name === "" && folders.size === 1) return freezeVersion2(folder, frozen);
  }
  throw fieldFailure("linux.cgroupsPath", "this host has no freezer for containers");
}

const FREEZE_TIMEOUT_MS = 2000;

// A process that is being forked can slip through: the state is asked for again until all are caught.
function freezeVersion1(folder: string, frozen: boolean): void {
  const wanted = frozen ? "FROZEN" : "THAWED";
  const end = monotonicMs() + FREEZE_TIMEOUT_MS;
  for (;;) {
    writeFile(`${folder}/freezer.state`, wanted);
    if (readFile(`${folder}/freezer.state`).trim() === wanted) return;
    if (monotonicMs() > end) break;
    sleepMs(1);
  }
  tryWriteFile(`${folder}/freezer.state`, "THAWED");
  throw fieldFailure("linux.cgroupsPath", `${JSON.stringify(folder)} did not freeze within ${FREEZE_TIMEOUT_MS} ms`);
}

function freezeVersion2(folder: string, frozen: boolean): void {
  const end = monotonicMs() + FREEZE_TIMEOUT_MS;
  writeFile(`${folder}/cgroup.freeze`, frozen ? "1" : "0");
  while (!readFile(`${folder}/cgroup.events`).includes(`frozen ${frozen ? 1 : 0}`)) {
    if (monotonicMs() > end) {
      tryWriteFile(`${folder}/cgroup.freeze`, "0");
      throw fieldFailure(
        "linux.cgroupsPath",
        `${JSON.stringify(folder)} did not freeze within ${FREEZE_TIMEOUT_MS} ms`,
      );
    }
    sleepMs(1);
  }
}

/** Kills every process of the cgroups, however fast they fork. */
export function killAll(folders: CgroupFolders): void {
  const unified = folders.get("");
  if (unified !== undefined && tryWriteFile(`${unified}/cgroup.kill`, "1") >= 0) return;
  signalAll(folders, 9);
}

const REMOVE_TIMEOUT_MS = 5000;

/** Removes the folders with all below; waits for processes that are about to end. @throws SysError */
export function removeCgroups(folders: CgroupFolders): void {
  const end = monotonicMs() + REMOVE_TIMEOUT_MS;
  for (const folder of folders.values()) {
    for (let waited = 1; ; waited = Math.min(waited * 2, 50)) {
      const result = removeTree(folder);
      if (result >= 0 || result === -ENOENT || isForeign(result)) break;
      if ((result !== -EBUSY && result !== -ENOTEMPTY) || monotonicMs() > end)
        throw new SysError("remove the cgroup", folder, -result);
      killAll(folders);
      sleepMs(waited);
    }
  }
}

// A user who may not even remove a folder has not made it, or made it before the rights were taken away.
function isForeign(result: number): boolean {
  return (result === -EACCES || result === -EPERM) && effectiveUser() !== 0;
}

function removeTree(folder: string): number {
  const direct = tryRemoveFolder(CWD, folder);
  if (direct !== -EBUSY && direct !== -ENOTEMPTY) return direct;
  for (const child of subfolders(folder)) removeTree(child);
  return tryRemoveFolder(CWD, folder);
}

/** Opens the folder of version 2, to be born in by clone; -1 where other hierarchies are to be joined as well. @throws SysError */
export function openBirthplace(folders: CgroupFolders): number {
  const unified = folders.get("");
  if (unified === undefined || folders.size !== 1) return -1;
  return check(open(unified, O_RDONLY | O_DIRECTORY), "open", unified);
}
