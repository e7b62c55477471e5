/**
 * Removing a container and all that was made for it.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";
import { close, waitReadable } from "@teu/kernel/descriptors";
import { exists } from "@teu/kernel/files";
import { openProcess, signalProcess } from "@teu/kernel/processes";
import { SIGKILL } from "@teu/kernel/signals";
import { killAll, listProcesses, removeCgroups, setFrozen } from "../cgroup/folders.ts";
import { readConfig } from "../config/config.ts";
import { Failure, asFailure, failureWithHint } from "../failure.ts";
import { runHooksToEnd } from "../hooks.ts";
import { removeIntelRdt } from "./intel-rdt.ts";
import { stopUnit } from "../systemd/container.ts";
import { State, keptConfig, loadState, removeFolder, stateFolder } from "./state.ts";
import { isAlive, stateForHook, statusOf } from "./status.ts";

const KILL_TIMEOUT_MS = 10_000;

/** What to do about something that is not worth failing for. */
export type Warn = (message: string) => void;

/** Deletes a container that has stopped, or was only created. @throws Failure where it runs */
export function deleteContainer(root: string, id: string, warn: Warn): void {
  const folder = stateFolder(root, id);
  const status = statusOf(folder, loadState(root, id));
  if (status === "running" || status === "paused" || status === "creating")
    throw failureWithHint(
      `cannot delete container ${id} that is not stopped: ${status}`,
      "stop it first, or use --force",
    );
  destroy(root, id, warn);
}

/** Deletes a container in whatever state it is, also one that was made only in part; none at all is fine. @throws Failure */
export function forceDelete(root: string, id: string, warn: Warn): void {
  const folder = stateFolder(root, id);
  if (!exists(folder)) return;
  if (exists(`${folder}/state.json`)) return destroy(root, id, warn);
  removeFolder(folder);
}

/** Stops a container, removes it, and runs its poststop hooks; `known` is its record as it was last. @throws Failure */
export function destroy(root: string, id: string, warn: Warn, known: State = new State()): void {
  const folder = stateFolder(root, id);
  const state = readableState(root, id, warn, known);
  stop(folder, state);
  try {
    stopUnit(state.unit);
  } catch (error) {
    warn(asFailure(error).message);
  }
  removeIntelRdt(state.intelRdt);
  removeCgroups(state.cgroups);
  const hooks = state.hooks.includes("poststop") ? poststopHooks(folder, state) : [];
  removeFolder(folder);
  runHooksToEnd(hooks, stateForHook(state, "stopped", 0), (failure) => warn(failure.message));
}

// A record that cannot be read leaves nothing to act on but its folder.
function readableState(root: string, id: string, warn: Warn, known: State): State {
  try {
    return loadState(root, id, known);
  } catch (error) {
    warn(asFailure(error).message);
    return new State();
  }
}

function poststopHooks(folder: string, state: State): ReturnType<typeof readConfig>["hooks"] {
  return readConfig(keptConfig(folder), state.bundle).hooks.filter((hook) => hook.name === "poststop");
}

function stop(folder: string, state: State): void {
  if (!isPopulated(state)) return;
  const paused = statusOf(folder, state) === "paused";
  killAll(state.cgroups);
  killFirst(state);
  if (paused) setFrozen(state.cgroups, false);
  const end = monotonicMs() + KILL_TIMEOUT_MS;
  while (isPopulated(state)) {
    if (monotonicMs() > end)
      throw new Failure(`container ${state.id}: processes are left ${KILL_TIMEOUT_MS / 1000} s after SIGKILL`);
    killAll(state.cgroups);
    waitShortly(state);
  }
}

function isPopulated(state: State): boolean {
  return listProcesses(state.cgroups).length > 0 || isAlive(state);
}

// With the first process of a pid namespace all others end.
function killFirst(state: State): void {
  if (!isAlive(state)) return;
  const pidfd = openProcess(state.pid);
  if (pidfd === undefined) return;
  signalProcess(pidfd, SIGKILL, state.id);
  close(pidfd);
}

function waitShortly(state: State): void {
  const pidfd = isAlive(state) ? openProcess(state.pid) : undefined;
  if (pidfd === undefined) waitReadable([], 2);
  else {
    waitReadable([pidfd], 100);
    close(pidfd);
  }
}
