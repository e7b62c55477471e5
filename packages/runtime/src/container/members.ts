/**
 * The processes of a container.
 * @module
 */
import { tryReadFile } from "@teu/kernel/files";
import { listProcesses } from "../cgroup/folders.ts";
import type { State } from "./state.ts";
import { isAlive } from "./status.ts";

/** The processes of a container by pids of the host: those of its cgroups, or without any its first one with all below. */
export function membersOf(state: State): number[] {
  if (state.cgroups.size > 0) return listProcesses(state.cgroups);
  const found: number[] = [];
  if (isAlive(state)) collect(state.pid, found);
  return found;
}

function collect(pid: number, found: number[]): void {
  found.push(pid);
  for (const child of (tryReadFile(`/proc/${pid}/task/${pid}/children`) ?? "").split(" "))
    if (child.trim() !== "") collect(Number(child), found);
}
