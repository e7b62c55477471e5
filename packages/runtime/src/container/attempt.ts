/**
 * What making a container begins with, and how it is undone where it fails.
 * @module
 */
import { nowMicroseconds, rfc3339 } from "@teu/kernel/clock";
import { stat, S_IFDIR } from "@teu/kernel/files";
import { effectiveUser } from "@teu/kernel/identity";
import { type Child, signalProcess, wait } from "@teu/kernel/processes";
import { SIGKILL } from "@teu/kernel/signals";
import { checkFolders, removeCgroups } from "../cgroup/folders.ts";
import type { Config } from "../config/config.ts";
import { attempt, fieldFailure } from "../failure.ts";
import { runHooksToEnd } from "../hooks.ts";
import { stopUnit } from "../systemd/container.ts";
import { streamNames } from "./procfs.ts";
import type { CgroupPlan } from "./cgroups.ts";
import { removeIntelRdt } from "./intel-rdt.ts";
import { State, removeFolder, takeFolder } from "./state.ts";
import { stateForHook } from "./status.ts";

/** Takes the name, unless the cgroup is of no use; what is in that is others', so nothing is undone there. */
export function takePlace(root: string, id: string, cgroups: CgroupPlan): string {
  const folder = takeFolder(root, id);
  try {
    if (cgroups.unit === undefined) checkFolders(cgroups.folders);
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
  return folder;
}

/** Fails where there is no root. @throws Failure */
export function checkRoot({ rootPath }: Config): void {
  let type = 0;
  attempt("root.path", () => {
    type = stat(rootPath)?.type ?? 0;
  });
  if (type === 0) throw fieldFailure("root.path", `${JSON.stringify(rootPath)}: no such file or directory`);
  if (type !== S_IFDIR) throw fieldFailure("root.path", `${JSON.stringify(rootPath)}: not a directory`);
}

/** The record of a container that is about to be made. */
export function newState(id: string, config: Config): State {
  const state = new State();
  state.id = id;
  state.ociVersion = config.ociVersion;
  state.bundle = config.bundle;
  state.rootfs = config.rootPath;
  state.created = rfc3339(nowMicroseconds());
  state.owner = effectiveUser();
  state.annotations = config.annotations;
  state.streams = config.process.terminal ? [] : streamNames("self");
  state.hooks = ["poststart", "poststop"].filter((name) => config.hooks.some((hook) => hook.name === name));
  return state;
}

/** What a create has made so far, to be undone where it fails. */
export class Attempt {
  readonly folder: string;
  readonly state: State;
  config: Config;
  child: Child | undefined = undefined;

  constructor(folder: string, state: State, config: Config) {
    this.folder = folder;
    this.state = state;
    this.config = config;
  }

  undo(): void {
    const { child, config, state, folder } = this;
    if (child !== undefined) {
      signalProcess(child.pidfd, SIGKILL, "the first process");
      wait(child.pid);
      const told = stateForHook(state, "stopped", 0);
      runHooksToEnd(
        config.hooks.filter((hook) => hook.name === "poststop"),
        told,
        () => {},
      );
    }
    try {
      stopUnit(state.unit);
    } catch {
      // What failed before is what to report; a scope without processes ends by itself.
    }
    removeIntelRdt(state.intelRdt);
    removeCgroups(state.cgroups);
    removeFolder(folder);
  }
}
