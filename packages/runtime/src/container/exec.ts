/**
 * A later process of a container: in its namespaces and cgroups, but with a configuration of its own.
 * @module
 */
import { close, closeFrom } from "@teu/kernel/descriptors";
import { CWD, O_DIRECTORY, O_PATH, O_RDONLY, open, replaceFile } from "@teu/kernel/files";
import { trySetGroup, trySetUser } from "@teu/kernel/identity";
import { changeFolder, changeFolderTo, changeRoot } from "@teu/kernel/mounts";
import { NAMESPACE_KINDS } from "@teu/kernel/namespaces";
import {
  type Child,
  PR_SET_DUMPABLE,
  PR_SET_PDEATHSIG,
  control,
  exitNow,
  newSession,
  openProcess,
  signalProcess,
  tryControl,
  wait,
} from "@teu/kernel/processes";
import { SIGKILL } from "@teu/kernel/signals";
import { tryKeepLineEnds } from "@teu/kernel/terminals";
import { connectUnix, send, socketPair } from "@teu/kernel/sockets";
import { type CgroupFolders, joinCgroups, openBirthplace } from "../cgroup/folders.ts";
import type { Config } from "../config/config.ts";
import type { ProcessConfig } from "../config/process.ts";
import { Failure, asFailure, failureWithHint } from "../failure.ts";
import { hasLabels } from "../process/labels.ts";
import { applyAffinity, resetAffinity } from "../process/scheduling.ts";
import { newKeyring, startProgram } from "../process/start.ts";
import { openPrivateProc } from "../rootfs/private-proc.ts";
import { type Listened, type PreparedFilter, handListenerOn, loadFilter, prepareFilter } from "../seccomp/load.ts";
import type { Json } from "@teu/std/json";
import { sendPidfd } from "./create.ts";
import { execFolders } from "./sub-cgroups.ts";
import { Link } from "./link.ts";
import { type Joining, type Namespaces, enterNamespaces, hasOwn, launch } from "./namespaces.ts";
import { maySetGroups } from "./rootless.ts";
import { setOomScore } from "./oom-score.ts";
import { checkExecuted } from "./start.ts";
import type { State } from "./state.ts";
import { type Status, isAlive } from "./status.ts";
import { openTerminal, useTerminal } from "./terminal.ts";

/** What the caller of exec decides. */
export interface ExecOptions {
  readonly process: ProcessConfig;
  /** Empty for none. */
  readonly pidFile: string;
  /** Empty for none. */
  readonly consoleSocket: string;
  readonly newKeyring: boolean;
  /** As for create. */
  readonly pidfdSocket: string;
  readonly listenFds: number;
  readonly preservedFds: number;
  readonly ignorePaused: boolean;
  /** Cgroups below those of the container to run in, as `path` or `controller,…:path`. */
  readonly subCgroups: readonly string[];
}

/** A process that has become its program. */
export interface Executed {
  readonly child: Child;
  /** The master of the terminal, where no socket took it; -1 otherwise. */
  readonly terminal: number;
}

/** Runs a process in a container. @throws Failure, also of its program's start */
export function execInContainer(state: State, config: Config, status: Status, options: ExecOptions): Executed {
  closeFrom(3 + options.listenFds + options.preservedFds);
  checkStatus(state, status, options.ignorePaused);
  const target = openProcess(state.pid);
  if (target === undefined || !isAlive(state)) throw new Failure("cannot exec in a stopped container");
  const seccomp = config.linux.get("seccomp");
  const filter = prepareFilter(seccomp);
  const joins = joinsOf(config, state, target);
  const setgroupsAllowed = maySetGroups(String(state.pid));
  const root = hasOwn(config, "mount") ? -1 : open(`/proc/${state.pid}/root`, O_PATH | O_DIRECTORY);
  const consoleSocket = options.consoleSocket === "" ? -1 : connectUnix(options.consoleSocket);
  const cgroups = execFolders(state, options.subCgroups);
  const birthplace = openBirthplace(cgroups);
  const pair = socketPair();
  const namespaces: Namespaces = { flags: 0, joins, timeOffsets: [] };
  const child = launch(namespaces, birthplace, {
    mapIds: () => {},
    body: () => {
      close(pair.ours);
      const link = new Link(pair.theirs);
      runExec({ state, config, options, joins, root, consoleSocket, filter, link, setgroupsAllowed });
    },
  });
  for (const fd of [pair.theirs, root, consoleSocket]) close(fd);
  const link = new Link(pair.ours);
  try {
    settle(cgroups, child, birthplace, options);
    return { child, terminal: converse(link, seccomp, { state, pid: child.pid, status: "running" }) };
  } catch (error) {
    signalProcess(child.pidfd, SIGKILL, "the process");
    wait(child.pid);
    throw error;
  }
}

function checkStatus(state: State, status: Status, ignorePaused: boolean): void {
  if (status === "stopped") throw new Failure("cannot exec in a stopped container");
  if (status === "creating") throw new Failure(`cannot exec in a container that is being created: ${state.id}`);
  if (status === "paused" && !ignorePaused)
    throw failureWithHint("cannot exec in a paused container", "resume it first, or use --ignore-paused");
}

// The namespaces that the container has for itself, each a descriptor of its own.
function joinsOf(config: Config, { namespaces }: State, target: number): Joining[] {
  const joins: Joining[] = [];
  for (const kind of NAMESPACE_KINDS) {
    if (!hasOwn(config, kind.name) && !namespaces.includes(kind.name)) continue;
    joins.push({ type: kind.name, flag: kind.flag, fd: target, field: `linux.namespaces ${kind.name}` });
  }
  return joins;
}

/** What the new process is given by its clone. */
interface Exec {
  readonly state: State;
  readonly config: Config;
  readonly options: ExecOptions;
  readonly joins: readonly Joining[];
  readonly root: number;
  readonly consoleSocket: number;
  readonly filter: PreparedFilter;
  readonly link: Link;
  readonly setgroupsAllowed: boolean;
}

function runExec(exec: Exec): void {
  try {
    const proc = prepare(exec);
    const { config, options } = exec;
    const { process, listenFds, preservedFds } = options;
    startProgram({
      config,
      process,
      listenFds,
      preservedFds,
      setgroupsAllowed: exec.setgroupsAllowed,
      proc,
      loadFilter: () => loadFilter(exec.filter, exec.link),
      lastHooks: () => {},
    });
  } catch (error) {
    exec.link.tryFail(asFailure(error));
  }
  exitNow(255);
}

function prepare({ state, config, options, joins, root, consoleSocket, link }: Exec): number {
  control(PR_SET_PDEATHSIG, [SIGKILL], "follow the runtime into death");
  link.hear("go", "the runtime went away");
  if (!joins.some((joining) => joining.type === "user")) enterNamespaces(joins, true);
  if (hasOwn(config, "user")) {
    trySetGroup(0);
    trySetUser(0);
  }
  control(PR_SET_DUMPABLE, [0], "forbid looking into the process");
  enterRoot(root);
  newSession();
  if (options.newKeyring) newKeyring(state.id);
  const { final } = options.process.execAffinity;
  if (final === "") resetAffinity();
  else applyAffinity(final, "process.execCPUAffinity.final");
  if (options.process.terminal) takeTerminal(options.process, consoleSocket, link);
  tryControl(PR_SET_PDEATHSIG, [0]);
  return hasLabels(options.process) ? openPrivateProc(open("/", O_PATH | O_DIRECTORY)) : -1;
}

// A container without mounts of its own has its root by chroot.
function enterRoot(root: number): void {
  if (root >= 0) {
    changeFolderTo(root);
    changeRoot(".");
  }
  changeFolder("/");
}

function takeTerminal(process: ProcessConfig, consoleSocket: number, link: Link): void {
  const root = open("/", O_RDONLY | O_DIRECTORY);
  const terminal = openTerminal(root, process);
  close(root);
  if (consoleSocket < 0) tryKeepLineEnds(terminal.master);
  if (consoleSocket >= 0) send(consoleSocket, "/dev/ptmx", [terminal.master]);
  else link.say("terminal", [terminal.master]);
  close(terminal.master);
  useTerminal(terminal.peer);
}

// oxlint-disable-next-line max-params -- what execInContainer has at hand
function settle(cgroups: CgroupFolders, child: Child, birthplace: number, options: ExecOptions): void {
  const { pid } = child;
  const { oomScoreAdj } = options.process;
  if (birthplace < 0) joinCgroups(cgroups, pid);
  close(birthplace);
  if (oomScoreAdj !== "") setOomScore(pid, oomScoreAdj);
  if (options.pidfdSocket !== "") sendPidfd(options.pidfdSocket, child);
  if (options.pidFile !== "") replaceFile(CWD, options.pidFile, String(pid), 0o644);
}

function converse(link: Link, seccomp: Json, listened: Listened): number {
  let terminal = -1;
  link.say("go");
  for (;;) {
    const word = link.next();
    if (word === "terminal") terminal = link.fds[0] ?? -1;
    else if (word === "listener") {
      handListenerOn(link.fds[0] ?? -1, seccomp, listened);
      link.say("go");
    } else if (word === undefined) {
      link.close();
      checkExecuted(listened.pid);
      return terminal;
    } else throw new Failure(`the process said ${JSON.stringify(word)}`);
  }
}
