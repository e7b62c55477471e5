/**
 * The cgroups of a container by whoever keeps them: the runtime itself, systemd, or nobody.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { CWD, O_DIRECTORY, O_PATH, chownAt, exists, open, tryReadFile } from "@teu/kernel/files";
import {
  type CgroupFolders,
  chooseFolders,
  completeCgroups,
  joinCgroups,
  makeCgroups,
  makePossibleCgroups,
} from "../cgroup/folders.ts";
import { type Hierarchy, isUnified, readHierarchies } from "../cgroup/hierarchies.ts";
import type { Config } from "../config/config.ts";
import type { IdMapping } from "../config/namespaces.ts";
import { type UnitPlan, planUnit, startUnit, unitFolders } from "../systemd/container.ts";
import { makesNew } from "./namespaces.ts";

/** `needed`: folders that the runtime makes; `optional`: those of them that it may make; `systemd`; `none`. */
export type CgroupMode = "needed" | "optional" | "systemd" | "none";

/** Where the cgroups of a container are, and how they come to be. */
export interface CgroupPlan {
  readonly mode: CgroupMode;
  readonly folders: CgroupFolders;
  /** Undefined but for `systemd`. */
  readonly unit: UnitPlan | undefined;
}

/** The hierarchies that a container has a cgroup in. */
export function usedHierarchies(mode: CgroupMode): Hierarchy[] {
  return mode === "none" ? [] : readHierarchies();
}

/** Plans the cgroups of a container. @throws Failure */
export function planCgroups(
  mode: CgroupMode,
  config: Config,
  id: string,
  hierarchies: readonly Hierarchy[],
): CgroupPlan {
  if (mode !== "systemd") return { mode, folders: chooseFolders(hierarchies, config.cgroupsPath, id), unit: undefined };
  const unit = planUnit(config, id, hierarchies);
  return { mode, folders: unitFolders(hierarchies, unit.place), unit };
}

/** Makes the folders that need no process; returns those that the container has. @throws SysError, Failure */
export function makeFoldersOf({ mode, folders }: CgroupPlan): CgroupFolders {
  if (mode === "optional") return makePossibleCgroups(folders);
  if (mode === "needed") makeCgroups(folders);
  return folders;
}

/** Makes the unit of systemd around the first process, which is in all of the cgroups then. @throws Failure */
export function startUnitOf({ unit, folders }: CgroupPlan, pid: number): void {
  if (unit === undefined) return;
  startUnit(unit, pid);
  completeCgroups(folders);
  joinCgroups(folders, pid);
}

const DELEGATE = "/sys/kernel/cgroup/delegate";

/**
 * Gives the cgroup of version 2 to the root of the container, where it sees that cgroup alone and may write to it.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#cgroup-ownership
 * @throws SysError
 */
export function delegateCgroup(config: Config, hierarchies: readonly Hierarchy[], folders: CgroupFolders): void {
  const folder = folders.get("");
  const owner = hostId(config.uidMappings, 0);
  if (folder === undefined || owner === undefined || !isUnified(hierarchies) || !makesNew(config, "cgroup")) return;
  if (!config.mounts.some((mount) => mount.type.startsWith("cgroup") && !mount.options.includes("ro"))) return;
  const fd = open(folder, O_PATH | O_DIRECTORY);
  chownAt(CWD, folder, owner, NO_CHANGE);
  const files = tryReadFile(DELEGATE) ?? "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
  for (const file of files.split("\n"))
    if (file !== "" && exists(`${folder}/${file}`)) chownAt(fd, file, owner, NO_CHANGE);
  close(fd);
}

const NO_CHANGE = 0xffffffff;

function hostId(mappings: readonly IdMapping[], id: number): number | undefined {
  const found = mappings.find(({ containerId, size }) => id >= containerId && id < containerId + size);
  return found === undefined ? undefined : found.hostId + id - found.containerId;
}
