/**
 * A container's cgroups as a unit of systemd: where they are, and the unit's beginning, changes and end.
 * Limits are written to the cgroups besides; systemd is told those that it would undo otherwise.
 * @module
 */
import { effectiveUser } from "@teu/kernel/identity";
import type { CgroupFolders } from "../cgroup/folders.ts";
import { type Hierarchy, isUnified } from "../cgroup/hierarchies.ts";
import type { Config } from "../config/config.ts";
import { type Resources, readResources } from "../config/resources.ts";
import { attempt } from "../failure.ts";
import { connectManager } from "./manager.ts";
import type { Property } from "./message-writer.ts";
import { type UnitPlace, annotatedProperties, limitProperties, parseUnit, unitProperties } from "./unit.ts";

/** A unit to be made. */
export interface UnitPlan {
  readonly place: UnitPlace;
  readonly id: string;
  /** Beside those that every unit has: limits, and what annotations ask for. */
  readonly properties: readonly Property[];
}

/** Plans the unit of a container. Ordinary users have a manager of their own. @throws Failure */
export function planUnit(config: Config, id: string, hierarchies: readonly Hierarchy[]): UnitPlan {
  const resources = readResources(config.linux.get("resources"));
  return {
    place: parseUnit(config.cgroupsPath, id, hasOwnManager()),
    id,
    properties: [...limitProperties(resources, isUnified(hierarchies)), ...annotatedProperties(config.annotations)],
  };
}

/** Where the unit's cgroup is in each hierarchy: in that of systemd, and at the same path in all others. */
export function unitFolders(hierarchies: readonly Hierarchy[], { path }: UnitPlace): CgroupFolders {
  const folders = new Map<string, string>();
  const base = hasOwnManager() ? userBase(hierarchies) : "";
  for (const { name, mountPoint } of hierarchies) folders.set(name, `${mountPoint}${base}${path}`);
  return folders;
}

// The manager of a user has a cgroup of its own, user@UID.service, as its root.
function userBase(hierarchies: readonly Hierarchy[]): string {
  const mark = `/user@${effectiveUser()}.service`;
  for (const { own } of hierarchies) {
    const at = own.indexOf(mark);
    if (at >= 0) return own.slice(0, at + mark.length);
  }
  return `/user.slice/user-${effectiveUser()}.slice${mark}`;
}

/** Makes the unit around a process. Systemd makes the folder of its own hierarchy, and of others as it likes. @throws Failure */
export function startUnit({ place, id, properties }: UnitPlan, pid: number): void {
  attempt("linux.cgroupsPath", () => {
    const manager = connectManager(effectiveUser(), hasOwnManager());
    try {
      manager.start(place.name, unitProperties(place, id, pid).concat(properties));
    } finally {
      manager.close();
    }
  });
}

/** Tells systemd of changed limits. @throws Failure */
export function changeUnit(name: string, resources: Resources, hierarchies: readonly Hierarchy[]): void {
  const properties = limitProperties(resources, isUnified(hierarchies));
  if (properties.length === 0) return;
  const manager = connectManager(effectiveUser(), hasOwnManager());
  try {
    manager.change(name, properties);
  } finally {
    manager.close();
  }
}

/** Ends the unit of that name; none is fine. @throws Failure */
export function stopUnit(name: string): void {
  if (name === "") return;
  const manager = connectManager(effectiveUser(), hasOwnManager());
  try {
    manager.stop(name);
  } finally {
    manager.close();
  }
}

function hasOwnManager(): boolean {
  return effectiveUser() !== 0;
}
