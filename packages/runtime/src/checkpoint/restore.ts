/**
 * `restore`: a container out of the files that checkpoint made.
 * @module
 */
import { close, closeFrom, copyAbove } from "@teu/kernel/descriptors";
import {
  CWD,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  mkdirAt,
  open,
  readFile,
  readLinkAt,
  realPath,
  replaceFile,
  tryRemoveFolder,
} from "@teu/kernel/files";
import { MS_BIND, MS_REC, MS_SLAVE, mount, setPropagation } from "@teu/kernel/mounts";
import { CLONE_NEWNS, unshare } from "@teu/kernel/namespaces";
import { type Child, openProcess } from "@teu/kernel/processes";
import { connectUnix, send } from "@teu/kernel/sockets";
import { parseJson } from "@teu/std/json";
import type { Args } from "../cli/args.ts";
import { notifySocket } from "../cli/create-options.ts";
import type { Session } from "../cli/session.ts";
import { joinCgroups } from "../cgroup/folders.ts";
import { type Config, readBundleConfig, readConfig } from "../config/config.ts";
import { Attempt, checkRoot, newState, takePlace } from "../container/attempt.ts";
import { type CgroupPlan, makeFoldersOf, planCgroups, startUnitOf, usedHierarchies } from "../container/cgroups.ts";
import { checkId } from "../container/id.ts";
import { hasOwn } from "../container/namespaces.ts";
import { withNotifySocket } from "../container/notify.ts";
import { processStat, streamNames } from "../container/procfs.ts";
import { keepConfig, saveState } from "../container/state.ts";
import { stateForHook } from "../container/status.ts";
import { Failure, attempt, fieldFailure } from "../failure.ts";
import { runHooks } from "../hooks.ts";
import { type HostFacts, type Plan, mountsOf, planContainer } from "../plan.ts";
import { runMount } from "../rootfs/attach.ts";
import { openPlaceInside } from "../rootfs/inside.ts";
import type { MountStep } from "../rootfs/mounts.ts";
import { runSteps } from "../run-steps.ts";
import { Scene } from "../scene.ts";
import { type ImageFolders, type Notice, runCriu } from "./criu.ts";
import { STREAMS_FILE } from "./dump.ts";
import { MASK, addMount, externalMounts, namespaceKey, shortName } from "./externals.ts";
import { imageFolders, sharedOptions } from "./options.ts";
import { WireWriter } from "./wire.ts";

/** A container that runs again. */
export interface Restored {
  readonly child: Child;
  /** The master of its terminal, where no socket took it; -1 otherwise. */
  readonly terminal: number;
}

/** Brings a container back; nothing of it is left where that fails. @throws Failure */
export function restoreContainer(session: Session, id: string, args: Args): Restored {
  closeFrom(3);
  const bundle = realPath(args.value("bundle", "."));
  const text = readBundleConfig(bundle);
  const config = readConfig(text, bundle);
  checkRoot(config);
  const hierarchies = usedHierarchies(session.cgroups);
  const facts: HostFacts = { hierarchies, cgroups: session.cgroups, noPivot: args.flag("no-pivot") };
  const state = newState(checkId(id), config);
  const cgroups = planCgroups(session.cgroups, config, id, hierarchies);
  state.cgroups = cgroups.folders;
  state.unit = cgroups.unit === undefined ? "" : cgroups.unit.place.name;
  const folders = imageFolders(args);
  const streams = readStreams(folders);
  const folder = takePlace(session.root, id, cgroups);
  const made = new Attempt(folder, state, config);
  try {
    keepConfig(folder, text);
    saveState(folder, state);
    // The place is the container's as it was; that it is ready was told before.
    if (notifySocket() !== "") made.config = withNotifySocket(config, folder);
    const plan = planContainer(made.config, facts);
    const restore = new Restore({ made, plan, cgroups, args, folders, streams });
    return restore.run();
  } catch (error) {
    made.undo();
    throw error;
  }
}

function readStreams({ images }: ImageFolders): string[] {
  return parseJson(readFile(`${images}/${STREAMS_FILE}`))
    .list()
    .map((name) => name.string());
}

/** What is known before CRIU runs. */
interface Prepared {
  readonly made: Attempt;
  readonly plan: Plan;
  readonly cgroups: CgroupPlan;
  readonly args: Args;
  readonly folders: ImageFolders;
  readonly streams: readonly string[];
}

const LOG = "restore.log";

/** One restore. */
class Restore {
  private readonly prepared: Prepared;
  private readonly scene: Scene;
  private readonly kept: number[] = [];
  private terminal = -1;

  constructor(prepared: Prepared) {
    this.prepared = prepared;
    this.scene = new Scene(prepared.made.config.bundle, prepared.made.config.rootPath);
  }

  run(): Restored {
    const { made, cgroups, plan, folders, args } = this.prepared;
    const { state } = made;
    state.cgroups = makeFoldersOf(cgroups);
    this.scene.cgroups = state.cgroups;
    if (cgroups.unit === undefined) runSteps(plan.before, this.scene);
    const root = `${made.folder}/criu-root`;
    mkdirAt(CWD, root, 0o755);
    const options = this.options(root);
    runCriu({
      kind: "restore",
      inside: () => this.makePlaces(root),
      request: (pid) => this.enterCgroups(options, pid),
      notice: (notice) => this.notice(notice),
      folders,
      kept: this.kept,
      log: LOG,
    });
    for (const fd of this.kept) close(fd);
    tryRemoveFolder(CWD, root);
    const pidFile = args.value("pid-file", "");
    if (pidFile !== "") replaceFile(CWD, pidFile, String(state.pid), 0o644);
    if (made.child === undefined) throw new Failure("criu restored a process that has ended since");
    return { child: made.child, terminal: this.terminal };
  }

  private options(root: string): WireWriter {
    const { made, plan, args, streams } = this.prepared;
    const { config, state } = made;
    const options = sharedOptions(args, config)
      .flag(6, true)
      .string(10, LOG)
      .string(13, root)
      .flag(26, true)
      .string(53, args.value("lsm-profile", ""))
      .string(63, args.value("lsm-mount-context", ""));
    for (const { place, source } of externalMounts(config, mountsOf(plan.inside), state.cgroups))
      addMount(options, place, source);
    if (config.maskedPaths.length > 0) addMount(options, MASK, MASK);
    this.addNamespaces(options, config);
    for (const [fd, name] of streams.entries()) if (name.startsWith("pipe:")) inherit(options, name, fd);
    return options;
  }

  private addNamespaces(options: WireWriter, config: Config): void {
    for (const { type, path, field } of config.namespaces) {
      if (path === "") continue;
      const short = shortName(type);
      if (type === "cgroup") throw fieldFailure(field, "criu cannot join a cgroup namespace");
      if (type === "network" || type === "pid") {
        const fd = this.openNamespace(path, field);
        this.kept.push(fd);
        inherit(options, namespaceKey(short), fd);
      } else options.message(39, new WireWriter().string(1, short).string(2, path));
    }
  }

  private openNamespace(path: string, field: string): number {
    let fd = -1;
    attempt(`${field}.path`, () => {
      fd = open(path, O_RDONLY);
    });
    return fd;
  }

  /** In the process that becomes CRIU: the root as a mount of its own, and a place for each mount, seen by nobody else. */
  private makePlaces(root: string): void {
    const { made, plan } = this.prepared;
    const { rootPath } = made.config;
    unshare(CLONE_NEWNS);
    setPropagation("/", MS_REC | MS_SLAVE);
    mount({ source: rootPath, target: root, type: "", flags: MS_BIND | MS_REC, data: "" });
    this.scene.root = open(rootPath, O_PATH | O_DIRECTORY);
    const mounts = mountsOf(plan.inside);
    for (const step of mounts)
      if (step.op !== "cgroup" && !isOnTmpfs(step, mounts)) attempt(step.field, () => this.makePlace(step));
    close(this.scene.root);
  }

  // Places inside of a bind mount are made in it.
  private makePlace(step: MountStep): void {
    if (step.op === "bind") runMount(step, this.scene);
    else close(openPlaceInside(this.scene.root, step.target, true));
  }

  /** CRIU starts the processes where it is itself. */
  private enterCgroups(options: WireWriter, pid: number): WireWriter {
    const { made, cgroups } = this.prepared;
    if (cgroups.unit === undefined) joinCgroups(made.state.cgroups, pid);
    else startUnitOf(cgroups, pid);
    if (cgroups.unit !== undefined) runSteps(this.prepared.plan.before, this.scene);
    for (const line of readFile(`/proc/${pid}/cgroup`).split("\n")) {
      const [, controllers = "", path = ""] = line.split(":");
      if (path === "") continue;
      for (const name of controllers.split(",")) options.message(25, new WireWriter().string(1, name).string(2, path));
    }
    return options;
  }

  private notice({ name, pid, fds }: Notice): void {
    const { made } = this.prepared;
    if (name === "setup-namespaces") {
      const told = stateForHook(made.state, "creating", pid);
      runHooks(made.config.hooks, "prestart", told);
      runHooks(made.config.hooks, "createRuntime", told);
    } else if (name === "orphan-pts-master") this.handTerminalOn(fds);
    else if (name === "post-restore") this.record(pid);
  }

  private handTerminalOn(fds: readonly number[]): void {
    const master = fds[0] ?? -1;
    const path = this.prepared.args.value("console-socket", "");
    if (path === "") {
      this.terminal = copyAbove(master, 3);
      return;
    }
    const socket = connectUnix(path);
    send(socket, "/dev/ptmx", [master]);
    close(socket);
  }

  private record(pid: number): void {
    const { made } = this.prepared;
    const { state, config } = made;
    const pidfd = openProcess(pid);
    if (pidfd !== undefined) made.child = { pid, pidfd };
    state.pid = pid;
    state.startTime = processStat(pid)?.startTime ?? "";
    state.ready = true;
    state.streams = config.process.terminal ? [] : streamNames(String(pid));
    state.namespaces = !hasOwn(config, "time") && hasOtherTime(pid) ? ["time"] : [];
    saveState(made.folder, state);
  }
}

function inherit(options: WireWriter, key: string, fd: number): void {
  options.message(27, new WireWriter().string(1, key).number(2, fd));
}

// CRIU gives processes the clocks that they had.
function hasOtherTime(pid: number): boolean {
  return readLinkAt(CWD, `/proc/${pid}/ns/time`) !== readLinkAt(CWD, "/proc/self/ns/time");
}

// What is on a file system of the container's own comes back with it.
function isOnTmpfs(step: MountStep, mounts: readonly MountStep[]): boolean {
  return mounts.some(
    ({ op, type, target }) => op === "new" && type === "tmpfs" && step.target.startsWith(`${target}/`),
  );
}
