/**
 * Signals to containers.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { kill, openProcess, signalProcess } from "@teu/kernel/processes";
import { SIGKILL } from "@teu/kernel/signals";
import { readConfig } from "../config/config.ts";
import { Failure } from "../failure.ts";
import { hasOwn } from "./namespaces.ts";
import { membersOf } from "./members.ts";
import { keptConfig, loadState, stateFolder, type State } from "./state.ts";
import { isAlive, statusOf } from "./status.ts";

/** Signals the first process of a container, or all its processes. @throws Failure where it does not run, in the words that callers look for */
export function killContainer(root: string, id: string, signal: number, all: boolean): void {
  const state = loadState(root, id);
  if (all || (signal === SIGKILL && sharesProcesses(root, id, state))) {
    for (const pid of membersOf(state)) kill(pid, signal);
    return;
  }
  const status = statusOf(stateFolder(root, id), state);
  if (status === "stopped") throw new Failure("container not running");
  if (!signalFirst(state, signal)) throw new Failure("container not running: no such process");
}

// Without a pid namespace of its own nothing ends the others with the first process, which may have ended already.
function sharesProcesses(root: string, id: string, state: State): boolean {
  const config = readConfig(keptConfig(stateFolder(root, id)), state.bundle);
  return !hasOwn(config, "pid") && membersOf(state).length > 0;
}

// The process is held by its descriptor before it is looked at, so that another one cannot have taken its number.
function signalFirst(state: State, signal: number): boolean {
  const pidfd = openProcess(state.pid);
  if (pidfd === undefined) return false;
  const sent = isAlive(state) && signalProcess(pidfd, signal, state.id);
  close(pidfd);
  return sent;
}
