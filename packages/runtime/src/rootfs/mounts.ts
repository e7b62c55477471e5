/**
 * The mounts of a configuration as steps. Pure.
 * @module
 */
import type { MountConfig } from "../config/mounts.ts";
import { fieldFailure } from "../failure.ts";
import { parseMountOptions } from "./options.ts";

/** One mount, in the kernel's terms; fields as in {@link MountOptions}. */
export interface MountStep {
  readonly on: "mount";
  /** `bind` a part of the host, make a `new` file system, show the container's `cgroup`s. */
  readonly op: "bind" | "new" | "cgroup";
  readonly field: string;
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly data: readonly string[];
  readonly set: number;
  readonly clear: number;
  readonly recursiveSet: number;
  readonly recursiveClear: number;
  readonly propagation: readonly number[];
  readonly recursive: boolean;
  readonly copyUp: boolean;
  readonly mappedIds: string;
}

/** The step of one mount. @throws Failure */
export function planMount(mount: MountConfig): MountStep {
  const options = parseMountOptions(mount.options);
  if (options.mappedIds !== "" && !mount.isBind) throw fieldFailure(mount.field, "mapped ids are for bind mounts");
  return {
    on: "mount",
    op: mount.isBind ? "bind" : mount.type === "cgroup" || mount.type === "cgroup2" ? "cgroup" : "new",
    field: mount.field,
    source: mount.source,
    target: mount.destination,
    type: mount.type,
    data: mount.isBind ? options.data : [...options.flags, ...options.data],
    set: options.own.set,
    clear: options.own.clear,
    recursiveSet: options.recursive.set,
    recursiveClear: options.recursive.clear,
    propagation: options.propagation,
    recursive: options.recursiveBind,
    copyUp: options.copyUp,
    mappedIds: options.mappedIds === "" && mount.uidMappings.length > 0 ? "idmap" : options.mappedIds,
  };
}
