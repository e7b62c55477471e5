/**
 * The first process of a container, from its clone up to its program. Everything it needs is in memory or open: after the
 * change of root it looks at no path of the host.
 * @module
 */
import { changeFolderTo } from "@teu/kernel/mounts";
import { CLONE_NEWCGROUP, unshare } from "@teu/kernel/namespaces";
import { close } from "@teu/kernel/descriptors";
import { trySetGroup, trySetUser } from "@teu/kernel/identity";
import {
  PR_SET_DUMPABLE,
  PR_SET_PDEATHSIG,
  control,
  exitNow,
  newSession,
  setUmask,
  tryControl,
} from "@teu/kernel/processes";
import { accept, send, tryLinkUp } from "@teu/kernel/sockets";
import { SIGKILL, endOnSignals } from "@teu/kernel/signals";
import { tryKeepLineEnds } from "@teu/kernel/terminals";
import type { Config } from "../config/config.ts";
import type { HookConfig } from "../config/hooks.ts";
import { asFailure, fieldFailure } from "../failure.ts";
import { runHooks } from "../hooks.ts";
import type { Plan } from "../plan.ts";
import { findProgram, makeProgramFolder } from "../process/program.ts";
import { capabilityWarnings } from "../process/identity.ts";
import { hasLabels } from "../process/labels.ts";
import { resetAffinity } from "../process/scheduling.ts";
import { newKeyring, startProgram } from "../process/start.ts";
import { openNullDevice } from "../rootfs/masks.ts";
import { openPrivateProc } from "../rootfs/private-proc.ts";
import { runSteps } from "../run-steps.ts";
import { type PreparedFilter, loadFilter } from "../seccomp/load.ts";
import type { Scene } from "../scene.ts";
import { Link } from "./link.ts";
import { type Joining, enterNamespaces, hasOwn, makesNew } from "./namespaces.ts";
import type { State } from "./state.ts";
import { stateForHook } from "./status.ts";
import { maySetGroups } from "./rootless.ts";
import { bindConsole, openTerminal, useTerminal } from "./terminal.ts";

/** What the first process is given by its clone. */
export interface Launch {
  readonly config: Config;
  readonly plan: Plan;
  readonly scene: Scene;
  readonly state: State;
  readonly link: Link;
  readonly joins: readonly Joining[];
  /** The socket on which to wait for `start`; -1 to wait for the word on the link. */
  readonly startSocket: number;
  /** A connection to hand the terminal to; -1 for the link. */
  readonly consoleSocket: number;
  readonly newKeyring: boolean;
  readonly filter: PreparedFilter;
  readonly listenFds: number;
  readonly preservedFds: number;
}

/** Runs the first process. Does not return. */
export function runInit(launch: Launch): void {
  let listener = launch.link;
  try {
    prepare(launch);
    listener = waitForStart(launch);
    start(launch, listener);
  } catch (error) {
    listener.tryFail(asFailure(error));
  }
  exitNow(1);
}

function prepare(launch: Launch): void {
  const { config, plan, scene, link } = launch;
  control(PR_SET_PDEATHSIG, [SIGKILL], "follow the runtime into death");
  link.hear("go", "the runtime went away");
  enterOwnNamespaces(launch);
  scene.mapIds = (tree) => {
    link.say("map", [tree]);
    link.hear("go", "the runtime went away");
  };
  runSteps(plan.inside, scene);
  if (config.process.terminal) giveTerminal(launch);
  runCreateHooks(launch);
  if (config.sysctl.length > 0 || hasLabels(config.process)) scene.proc = openPrivateProc(scene.root);
  runSteps(plan.entered, scene);
  for (const fd of [scene.nullDevice, scene.emptyFolder]) close(fd);
  if (config.process.args.length > 0) {
    makeProgramFolder(config.process);
    findProgram(config.process);
  }
  for (const warning of capabilityWarnings(config.process)) link.warn(warning);
  // Before the wait for start: callers of create read its outputs to their end.
  if (scene.terminal >= 0) useTerminal(scene.terminal);
}

function start({ config, state, scene, filter, listenFds, preservedFds }: Launch, link: Link): void {
  const { process } = config;
  if (process.args.length === 0) throw fieldFailure("process", "is not set, which start needs");
  startProgram({
    config,
    process,
    listenFds,
    preservedFds,
    setgroupsAllowed: scene.maySetGroups,
    proc: scene.proc,
    loadFilter: () => loadFilter(filter, link),
    lastHooks: (environment) => {
      const hooks = withEnvironment(config.hooks, environment);
      runHooks(hooks, "startContainer", stateForHook(state, "created", 1));
    },
  });
}

// A hook in the container that names no environment has that of the program.
function withEnvironment(hooks: readonly HookConfig[], env: readonly string[]): HookConfig[] {
  return hooks.map(({ name, path, args, env: own, timeoutSeconds, field }) => {
    return { name, path, args, env: own.length > 0 ? own : env, timeoutSeconds, field };
  });
}

function enterOwnNamespaces({ config, plan, scene, joins, state, newKeyring: ownKeyring }: Launch): void {
  if (!joins.some((joining) => joining.type === "user")) enterNamespaces(joins, true);
  scene.maySetGroups = maySetGroups("self");
  if (scene.nullDevice < 0 && config.maskedPaths.length > 0) openNullDevice(scene);
  runSteps(plan.rooting, scene);
  if (hasOwn(config, "user")) becomeRoot();
  // From here on this process holds descriptors of the host: nobody in the container may look into it.
  control(PR_SET_DUMPABLE, [0], "forbid looking into the process");
  newSession();
  if (ownKeyring) newKeyring(state.id);
  if (makesNew(config, "cgroup")) unshare(CLONE_NEWCGROUP);
  if (makesNew(config, "network")) tryLinkUp("lo");
  resetAffinity();
  setUmask(0);
}

// A namespace need not have an id 0; its first process has all rights in it nevertheless.
function becomeRoot(): void {
  trySetGroup(0);
  trySetUser(0);
}

function giveTerminal({ config, scene, link, consoleSocket }: Launch): void {
  const terminal = openTerminal(scene.root, config.process);
  bindConsole(scene.root, terminal.peer);
  if (consoleSocket < 0) tryKeepLineEnds(terminal.master);
  if (consoleSocket >= 0) send(consoleSocket, "/dev/ptmx", [terminal.master]);
  else link.say("terminal", [terminal.master]);
  close(consoleSocket);
  close(terminal.master);
  scene.terminal = terminal.peer;
}

function runCreateHooks({ config, link, state, scene }: Launch): void {
  if (config.hooks.some((hook) => hook.name === "prestart" || hook.name === "createRuntime")) {
    link.say("mounted");
    link.hear("go", "the runtime went away");
  }
  if (!config.hooks.some((hook) => hook.name === "createContainer")) return;
  // As other runtimes have it, so that hooks can name what is in the root. The change of root comes next.
  changeFolderTo(scene.root);
  runHooks(config.hooks, "createContainer", stateForHook(state, "creating", 1));
}

// Once it is ready the container outlives its maker. Whoever starts it hears what goes wrong from then on.
function waitForStart(launch: Launch): Link {
  tryControl(PR_SET_PDEATHSIG, [0]);
  endOnSignals();
  launch.link.say("ready");
  if (launch.startSocket < 0) {
    launch.link.hear("go", "the runtime went away");
    return launch.link;
  }
  launch.link.close();
  const starter = new Link(accept(launch.startSocket));
  close(launch.startSocket);
  starter.hear("go", "start went away");
  return starter;
}
