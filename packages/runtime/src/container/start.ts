/**
 * Starting a created container.
 * @module
 */
import { unlinkAt, CWD } from "@teu/kernel/files";
import { ECHILD, SysError } from "@teu/kernel/errno";
import { close, waitReadable } from "@teu/kernel/descriptors";
import { openProcess } from "@teu/kernel/processes";
import { SOCK_SEQPACKET, connectUnix } from "@teu/kernel/sockets";
import { type Config, readConfig } from "../config/config.ts";
import { Failure, failureWithHint } from "../failure.ts";
import { runHooks } from "../hooks.ts";
import { handListenerOn } from "../seccomp/load.ts";
import { destroy } from "./delete.ts";
import { openNotifySocket, passReadiness } from "./notify.ts";
import { Link } from "./link.ts";
import { processStat } from "./procfs.ts";
import { START_SOCKET, type State, keptConfig, loadState, stateFolder } from "./state.ts";
import { stateForHook, statusOf } from "./status.ts";

/** Lets a created container run its program, and waits until it does. @throws Failure, also of the program's start */
export function startContainer(root: string, id: string, notifySocket = ""): void {
  const folder = stateFolder(root, id);
  const state = loadState(root, id);
  checkCreated(folder, state);
  const path = `${folder}/${START_SOCKET}`;
  const link = new Link(connectTo(path));
  // Gone before the word is said: whatever happens from here on, the container is not "created" any more.
  unlinkAt(CWD, path);
  const first = openProcess(state.pid) ?? -1;
  const notified = openNotifySocket(folder, notifySocket);
  try {
    letStart(link, state, () => readConfig(keptConfig(folder), state.bundle));
  } catch (error) {
    // Whoever hears of the failure may delete at once what by then has stopped.
    waitReadable([first], END_TIMEOUT_MS);
    close(first);
    throw error;
  } finally {
    link.close();
  }
  runPoststart(root, folder, state);
  passReadiness(notified, notifySocket, first, state.pid);
  close(first);
}

/** Says the word to a first process, and stays with it until it is its program. @throws Failure that it tells */
export function letStart(link: Link, state: State, config: () => Config): void {
  link.say("go");
  for (let word = link.next(); word !== undefined; word = link.next()) {
    if (word !== "listener") throw new Failure(`the container said ${JSON.stringify(word)}`);
    const seccomp = config().linux.get("seccomp");
    handListenerOn(link.fds[0] ?? -1, seccomp, { state, pid: state.pid, status: "creating" });
    link.say("go");
  }
  checkExecuted(state.pid);
}

/** Fails where a process has ended its connection without having become its program. @throws Failure */
export function checkExecuted(pid: number): void {
  const stat = processStat(pid);
  if (stat === undefined || stat.executed) return;
  throw failureWithHint(
    "the process ended before it became its program, and could not say why",
    "its seccomp profile may deny what the last steps need: execve, and sendmsg or write to tell a failure",
  );
}

const END_TIMEOUT_MS = 1000;

function connectTo(path: string): number {
  try {
    return connectUnix(path, SOCK_SEQPACKET);
  } catch (error) {
    const hint = "its first process has ended: delete the container and create it again";
    throw failureWithHint(`container cannot be started: ${error instanceof SysError ? error.message : ECHILD}`, hint);
  }
}

function checkCreated(folder: string, state: State): void {
  const status = statusOf(folder, state);
  if (status === "created") return;
  if (status === "stopped") throw new Failure("cannot start a container that has stopped");
  throw new Failure(`cannot start an already ${status} container`);
}

/** Runs the poststart hooks; where one fails the container is stopped and removed. @throws Failure of the hook */
export function runPoststart(root: string, folder: string, state: State): void {
  if (!state.hooks.includes("poststart")) return;
  const { hooks } = readConfig(keptConfig(folder), state.bundle);
  try {
    runHooks(hooks, "poststart", stateForHook(state, "running", state.pid));
  } catch (error) {
    destroy(root, state.id, () => {});
    throw error;
  }
}
