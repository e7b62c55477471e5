/**
 * What a container is doing, found out from its process and its folder.
 * @module
 */
import { exists } from "@teu/kernel/files";
import { isFrozen } from "../cgroup/folders.ts";
import { JsonFields } from "../json-writer.ts";
import { processStat } from "./procfs.ts";
import { START_SOCKET, type State, pairsToJson } from "./state.ts";

/** `creating`, `created`, `running`, `paused` or `stopped`. */
export type Status = "creating" | "created" | "running" | "paused" | "stopped";

/** The status of a container whose folder is `folder`. */
export function statusOf(folder: string, state: State): Status {
  if (!isAlive(state)) return "stopped";
  if (!state.ready) return "creating";
  if (exists(`${folder}/${START_SOCKET}`)) return "created";
  return isFrozen(state.cgroups) ? "paused" : "running";
}

/** Tells whether the first process is still the one that was made, and runs. */
export function isAlive(state: State): boolean {
  if (state.pid === 0) return false;
  const stat = processStat(state.pid);
  return stat !== undefined && stat.state !== "Z" && stat.state !== "X" && stat.startTime === state.startTime;
}

/** The state as the specification has it, for hooks: compact, and with the pid that the hook sees. */
export function stateForHook(state: State, status: Status, pid: number): string {
  const fields = new JsonFields().text("ociVersion", state.ociVersion).text("id", state.id).text("status", status);
  if (status !== "stopped") fields.number("pid", pid);
  return fields.text("bundle", state.bundle).json("annotations", pairsToJson(state.annotations)).toText();
}

/** The answer of `state`, with what runc adds. */
export function stateForUser(state: State, status: Status): string {
  return fieldsForUser(state, status, state.owner === 0 ? "" : String(state.owner)).toLines();
}

/** What `state` and `list` tell of a container; they name its owner in ways of their own. */
export function fieldsForUser(state: State, status: Status, owner: string): JsonFields {
  const fields = new JsonFields()
    .text("ociVersion", state.ociVersion)
    .text("id", state.id)
    .number("pid", status === "stopped" ? 0 : state.pid)
    .text("status", status)
    .text("bundle", state.bundle)
    .text("rootfs", state.rootfs)
    .text("created", state.created);
  if (state.annotations.length > 0) fields.json("annotations", pairsToJson(state.annotations));
  return fields.text("owner", owner);
}
