/**
 * Making a container: everything up to the point where its first process waits for `start`.
 * @module
 */
import { close, closeFrom } from "@teu/kernel/descriptors";
import { CWD, realPath, replaceFile } from "@teu/kernel/files";
import { MS_PRIVATE, MS_SLAVE } from "@teu/kernel/mounts";
import type { Child } from "@teu/kernel/processes";
import { SOCK_SEQPACKET, bindUnix, connectUnix, listen, send, socketPair } from "@teu/kernel/sockets";
import { joinCgroups, openBirthplace } from "../cgroup/folders.ts";
import type { Hierarchy } from "../cgroup/hierarchies.ts";
import { type Config, readBundleConfig, readConfig } from "../config/config.ts";
import { readIntelRdt } from "../config/intel-rdt.ts";
import { Failure, attempt, failureWithHint } from "../failure.ts";
import { runHooks } from "../hooks.ts";
import type { NetDevice } from "../config/net-devices.ts";
import { moveNetDevices, planNetDevices } from "../network/devices.ts";
import { type HostFacts, type Plan, mountsOf, planContainer } from "../plan.ts";
import { checkLabels } from "../process/labels.ts";
import { checkLandlock } from "../process/landlock.ts";
import { openSources } from "../rootfs/attach.ts";
import { openNullDevice } from "../rootfs/masks.ts";
import { runSteps } from "../run-steps.ts";
import { type PreparedFilter, prepareFilter } from "../seccomp/load.ts";
import { Scene } from "../scene.ts";
import {
  type CgroupMode,
  type CgroupPlan,
  delegateCgroup,
  makeFoldersOf,
  planCgroups,
  startUnitOf,
  usedHierarchies,
} from "./cgroups.ts";
import { Attempt, checkRoot, newState, takePlace } from "./attempt.ts";
import { checkId } from "./id.ts";
import { type IntelRdtPlan, enterIntelRdt, planIntelRdt } from "./intel-rdt.ts";
import { runInit } from "./init.ts";
import { type LateMount, idsOf, mapIdsOf, openMappedSources } from "./id-mounts.ts";
import { Link } from "./link.ts";
import { withNotifySocket } from "./notify.ts";
import { hasOwn, launch, makesNew, openNamespaces } from "./namespaces.ts";
import { processStat } from "./procfs.ts";
import { checkRootless, mapIds } from "./rootless.ts";
import { setOomScore } from "./oom-score.ts";
import { START_SOCKET, type State, keepConfig, saveProcess, saveState } from "./state.ts";
import { stateForHook } from "./status.ts";

/** What the caller of create or run decides. */
export interface CreateOptions {
  /** Folder of all containers. */
  readonly root: string;
  readonly bundle: string;
  /** The configuration, where it is not the bundle's; empty for that. */
  readonly configFile: string;
  /** Changes the root without pivot_root, for roots that are no mount of their own. */
  readonly noPivot: boolean;
  /** Empty for none. */
  readonly pidFile: string;
  /** Empty for none. */
  readonly consoleSocket: string;
  readonly newKeyring: boolean;
  /** A socket that takes the descriptor of the first process; empty for none. */
  readonly pidfdSocket: string;
  /** How many descriptors from 3 on are sockets that the program is told of, as systemd does. */
  readonly listenFds: number;
  /** How many descriptors after those the program is to have. */
  readonly preservedFds: number;
  readonly cgroups: CgroupMode;
  /** Has a place for a socket on which the program says that it is ready. */
  readonly notifies: boolean;
  /** The container waits for `start`; otherwise for {@link Created.link} to say `go`. */
  readonly waitsForStart: boolean;
}

/** A container whose first process is ready. */
export interface Created {
  readonly folder: string;
  readonly state: State;
  readonly config: Config;
  readonly child: Child;
  /** To the first process; closed already where it waits for `start`. */
  readonly link: Link;
  /** The master of the terminal, where no socket took it; -1 otherwise. */
  readonly terminal: number;
}

/** Makes a container; nothing of it is left where that fails. @throws Failure */
export function createContainer(id: string, options: CreateOptions): Created {
  // Whatever else the caller has open is not for the container, which would hold it until its start.
  closeFrom(3 + options.listenFds + options.preservedFds);
  const bundle = realPath(options.bundle);
  const text = readBundleConfig(bundle, options.configFile);
  const config = readConfig(text, bundle);
  checkTerminal(config, options);
  checkRoot(config);
  checkRootless(config);
  checkLabels(config.process, config.mountLabel);
  checkLandlock(config.landlock);
  const hierarchies = usedHierarchies(options.cgroups);
  const facts: HostFacts = { hierarchies, cgroups: options.cgroups, noPivot: options.noPivot };
  const plan = planContainer(config, facts);
  const filter = prepareFilter(config.linux.get("seccomp"));
  const state = newState(checkId(id), config);
  const rdtConfig = readIntelRdt(config.linux.get("intelRdt"));
  const intelRdt = rdtConfig === undefined ? undefined : planIntelRdt(rdtConfig, id);
  state.intelRdt = intelRdt === undefined ? [] : intelRdt.made;
  state.intelRdtGroup = intelRdt === undefined ? "" : intelRdt.group;
  const netDevices = planNetDevices(config);
  const cgroups = planCgroups(options.cgroups, config, id, hierarchies);
  state.cgroups = cgroups.folders;
  state.unit = cgroups.unit === undefined ? "" : cgroups.unit.place.name;
  const folder = takePlace(options.root, id, cgroups);
  const attemptedLaunch = new Attempt(folder, state, config);
  try {
    keepConfig(folder, text);
    saveState(folder, state);
    if (!options.notifies)
      return make(attemptedLaunch, { plan, filter, cgroups, hierarchies, intelRdt, netDevices }, options);
    const notifying = withNotifySocket(config, folder);
    attemptedLaunch.config = notifying;
    return make(
      attemptedLaunch,
      { plan: planContainer(notifying, facts), filter, cgroups, hierarchies, intelRdt, netDevices },
      options,
    );
  } catch (error) {
    attemptedLaunch.undo();
    throw error;
  }
}

function checkTerminal({ process }: Config, { consoleSocket, waitsForStart }: CreateOptions): void {
  if (process.terminal && waitsForStart && consoleSocket === "")
    throw failureWithHint(
      "cannot allocate tty if runc will detach without setting console socket",
      "name one with --console-socket, or set process.terminal to false",
    );
  if (!process.terminal && consoleSocket !== "")
    throw failureWithHint(
      "cannot use console socket if runc will not detach or allocate tty",
      "set process.terminal to true",
    );
}

/** What is worked out before anything is made. */
interface Prepared {
  readonly plan: Plan;
  readonly filter: PreparedFilter;
  readonly cgroups: CgroupPlan;
  readonly hierarchies: readonly Hierarchy[];
  readonly intelRdt: IntelRdtPlan | undefined;
  readonly netDevices: readonly NetDevice[];
}

// What was worked out is not let go of: the process ends soon, and until then each piece that is freed after the clone
// is a page to copy.
const kept: { readonly config: Config; readonly prepared: Prepared }[] = [];

function make(made: Attempt, prepared: Prepared, options: CreateOptions): Created {
  const { config, state, folder } = made;
  kept.push({ config, prepared });
  const { plan, filter, cgroups } = prepared;
  const scene = new Scene(config.bundle, config.rootPath);
  if (hasOwn(config, "user") || !makesNew(config, "mount"))
    openSources(mountsOf(plan.inside), scene, { root: config.rootPath, propagation: sourcePropagation(config) });
  const lateMounts = openMappedSources(config, mountsOf(plan.inside), scene);
  if (config.maskedPaths.length > 0) openNullDevice(scene);
  const startSocket = options.waitsForStart ? openStartSocket(folder) : -1;
  const consoleSocket = options.consoleSocket === "" ? -1 : connectUnix(options.consoleSocket);
  state.cgroups = makeFoldersOf(cgroups);
  if (cgroups.mode === "optional") saveState(folder, state);
  scene.cgroups = state.cgroups;
  if (cgroups.unit === undefined) runSteps(plan.before, scene);
  const namespaces = openNamespaces(config);
  const pair = socketPair();
  const birthplace = cgroups.unit === undefined ? openBirthplace(state.cgroups) : -1;
  const body = (): void => {
    close(pair.ours);
    const link = new Link(pair.theirs);
    const { newKeyring, listenFds, preservedFds } = options;
    runInit({
      config,
      plan,
      scene,
      state,
      link,
      joins: namespaces.joins,
      startSocket,
      consoleSocket,
      newKeyring,
      filter,
      listenFds,
      preservedFds,
    });
  };
  const child = launch(namespaces, birthplace, { mapIds: (pid) => mapIds(pid, idsOf(config)), body });
  made.child = child;
  for (const fd of [pair.theirs, birthplace, startSocket, consoleSocket]) close(fd);
  const link = new Link(pair.ours);
  settle(made, child, birthplace, prepared);
  if (cgroups.unit !== undefined) runSteps(plan.before, scene);
  const terminal = converse(made, link, lateMounts);
  finish(made, options);
  if (options.waitsForStart) link.close();
  return { folder, state, config, child, link, terminal };
}

// What a clone would pass on between the host and the container follows the propagation of the root.
function sourcePropagation({ rootfsPropagation }: Config): number {
  if (rootfsPropagation === "shared") return 0;
  return rootfsPropagation === "private" || rootfsPropagation === "unbindable" ? MS_PRIVATE : MS_SLAVE;
}

function openStartSocket(folder: string): number {
  const socket = bindUnix(`${folder}/${START_SOCKET}`, SOCK_SEQPACKET);
  listen(socket);
  return socket;
}

/** Puts the new process into its cgroups. */
// oxlint-disable-next-line max-params -- what make has at hand
function settle({ config, state, folder }: Attempt, child: Child, birthplace: number, prepared: Prepared): void {
  const { pid } = child;
  if (prepared.cgroups.unit !== undefined) startUnitOf(prepared.cgroups, pid);
  else if (birthplace < 0) joinCgroups(state.cgroups, pid);
  if (prepared.intelRdt !== undefined) enterIntelRdt(prepared.intelRdt, pid);
  const network = config.namespaces.find(({ type }) => type === "network");
  const joined = network === undefined ? "" : network.path;
  moveNetDevices(prepared.netDevices, joined === "" ? `/proc/${pid}/ns/net` : joined);
  delegateCgroup(config, prepared.hierarchies, state.cgroups);
  state.pid = pid;
  state.startTime = processStat(pid)?.startTime ?? "";
  // Hooks may ask for it, and without cgroups nothing else leads to the process.
  if (config.hooks.length > 0 || state.cgroups.size === 0) saveProcess(folder, state);
  const { oomScoreAdj } = config.process;
  if (oomScoreAdj !== "") setOomScore(pid, oomScoreAdj);
}

const GONE = "the container's first process ended before it was ready";

/** Leads the first process up to where it is ready; returns the terminal it sent, or -1. */
function converse({ config, state }: Attempt, link: Link, lateMounts: LateMount[]): number {
  let terminal = -1;
  link.say("go");
  for (;;) {
    const word = link.next();
    if (word === "ready") return terminal;
    if (word === "terminal") terminal = link.fds[0] ?? -1;
    else if (word === "map") mapNext(lateMounts, link);
    else if (word === "mounted") {
      const told = stateForHook(state, "creating", state.pid);
      runHooks(config.hooks, "prestart", told);
      runHooks(config.hooks, "createRuntime", told);
      link.say("go");
    } else throw new Failure(word === undefined ? GONE : `${GONE}: it said ${JSON.stringify(word)}`);
  }
}

function mapNext(lateMounts: LateMount[], link: Link): void {
  const tree = link.fds[0] ?? -1;
  const next = lateMounts.shift();
  if (next === undefined) throw new Failure("the container's first process sent a mount that is not to be mapped");
  attempt(next.step.field, () => mapIdsOf(tree, next));
  close(tree);
  link.say("go");
}

function finish({ folder, state, child }: Attempt, { pidFile, pidfdSocket }: CreateOptions): void {
  state.ready = true;
  saveProcess(folder, state);
  if (pidfdSocket !== "") sendPidfd(pidfdSocket, child);
  if (pidFile !== "") replaceFile(CWD, pidFile, String(state.pid), 0o644);
}

/** Hands the descriptor of a process to whoever listens at `path`. @throws SysError */
export function sendPidfd(path: string, child: Child | undefined): void {
  const socket = connectUnix(path);
  try {
    send(socket, "pidfd", child === undefined ? [] : [child.pidfd]);
  } finally {
    close(socket);
  }
}
