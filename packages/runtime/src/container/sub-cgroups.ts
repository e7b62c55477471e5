/**
 * The cgroups of a later process of a container: those of the container, or some below them.
 * @module
 */
import { exists, tryReadFile } from "@teu/kernel/files";
import type { CgroupFolders } from "../cgroup/folders.ts";
import { readHierarchies } from "../cgroup/hierarchies.ts";
import { cleanPath } from "../config/read.ts";
import { type Failure, fieldFailure } from "../failure.ts";
import type { State } from "./state.ts";

/** Where a process of the container is to run. @param asked as `--cgroup` has it @throws Failure */
export function execFolders(state: State, asked: readonly string[]): CgroupFolders {
  if (asked.length === 0) return unlessBusy(state);
  const folders = new Map<string, string>();
  for (const [name, folder] of state.cgroups) folders.set(name, folder);
  for (const option of asked) apply(option, folders);
  for (const folder of folders.values()) if (!exists(folder)) throw nowhere(folder);
  return folders;
}

function nowhere(folder: string): Failure {
  return fieldFailure("--cgroup", `adding pid of the process to ${folder}/cgroup.procs: no such file or directory`);
}

function apply(option: string, folders: Map<string, string>): void {
  const colon = option.indexOf(":");
  const controllers = colon < 0 ? [] : option.slice(0, colon).split(",");
  const path = colon < 0 ? option : option.slice(colon + 1);
  if (path.split("/").includes(".."))
    throw fieldFailure("--cgroup", `bad sub cgroup path: ${path} is not a sub cgroup path`);
  const below = cleanPath(path);
  let found = false;
  for (const [name, folder] of folders) {
    if (colon >= 0 && !controllers.some((controller) => name.split(",").includes(controller))) continue;
    found = true;
    if (below !== "/") folders.set(name, `${folder}${below}`);
  }
  if (!found) throw fieldFailure("--cgroup", `unknown controller ${controllers.join(",")}: the container has no such`);
}

// A cgroup of version 2 that hands controllers down takes no processes: its init has moved to one below.
function unlessBusy(state: State): CgroupFolders {
  const unified = state.cgroups.get("");
  if (unified === undefined || state.cgroups.size !== 1) return state.cgroups;
  if ((tryReadFile(`${unified}/cgroup.subtree_control`) ?? "").trim() === "") return state.cgroups;
  const line = (tryReadFile(`/proc/${state.pid}/cgroup`) ?? "").split("\n").find((text) => text.startsWith("0::"));
  const hierarchy = readHierarchies().find(({ name }) => name === "");
  if (line === undefined || hierarchy === undefined) return state.cgroups;
  const folders = new Map<string, string>();
  folders.set("", `${hierarchy.mountPoint}${line.slice("0::".length)}`);
  return folders;
}
