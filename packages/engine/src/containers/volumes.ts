/**
 * Volumes: folders of the engine that outlast containers.
 * @module
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ContainerOptions, MountOption } from "../config/options.ts";
import { type Mount, bind } from "../config/mounts.ts";
import { wrongOption } from "../config/read-options.ts";
import type { EngineFolders } from "../folders.ts";
import type { ImageRecord } from "../images/image-record.ts";
import { randomId } from "../random-id.ts";
import type { VolumeUse } from "./record.ts";

/** Mounts of a container, and the volumes that they are of. */
export interface PlannedMounts {
  readonly mounts: readonly Mount[];
  readonly volumes: readonly VolumeUse[];
  /** Those of them that are new, and get what the image has at their place. */
  readonly fresh: readonly VolumeUse[];
}

/** What mounts are planned with. */
export interface MountContext {
  readonly folders: EngineFolders;
  /** Is told of the volumes before one of them is made, so that none outlasts a crash unseen. */
  readonly note: (volumes: readonly VolumeUse[]) => void;
}

/** Works out what options and image ask to be mounted, and makes the volumes. @throws TeuError `ERR_CONTAINER_OPTION` */
export function planMounts(
  options: ContainerOptions,
  image: ImageRecord,
  { folders, note }: MountContext,
): PlannedMounts {
  checkTargets(options.mounts);
  const taken = new Set(options.mounts.map(({ target }) => target));
  const ofImage = Object.keys(image.image.config?.Volumes ?? {})
    .filter((target) => !taken.has(target))
    .map((target): MountOption => ({ type: "volume", source: "", target, options: [] }));
  const fresh: VolumeUse[] = [];
  const planned = [...options.mounts, ...ofImage].map((option) => ({ option, use: useOf(option) }));
  const volumes = planned.flatMap(({ use }) => use ?? []);
  if (volumes.length > 0) note(volumes);
  const mounts = planned.map(({ option, use }) => {
    if (use === undefined) return plainMount(option);
    if (makeVolume(folders, use.name) && !option.options.includes("nocopy")) fresh.push(use);
    const words = option.options.filter((word) => word !== "nocopy");
    return bind(volumePath(folders, use.name), option.target, words);
  });
  return { mounts, volumes, fresh };
}

function useOf({ type, source, target }: MountOption): VolumeUse | undefined {
  return type === "volume" ? { name: source || randomId(), target, anonymous: source === "" } : undefined;
}

function checkTargets(mounts: readonly MountOption[]): void {
  const seen = new Set<string>();
  for (const { target } of mounts) {
    if (seen.has(target)) throw wrongOption("mount", target, "each place to be mounted on once");
    seen.add(target);
  }
}

function plainMount({ type, source, target, options }: MountOption): Mount {
  if (type === "tmpfs")
    return {
      destination: target,
      type,
      source,
      options: ["nosuid", "nodev", ...(options.length === 0 ? ["noexec"] : []), ...options],
    };
  // As docker's -v does; its --mount would refuse.
  if (!existsSync(source)) mkdirSync(source, { recursive: true });
  return bind(
    source,
    target,
    options.filter((word) => !IGNORED.has(word)),
  );
}

// Meant for other systems, or the default.
const IGNORED: ReadonlySet<string> = new Set(["consistent", "cached", "delegated", "bind", "rbind", "nocopy", "U"]);

/** Where the content of a volume is. */
export function volumePath({ volumes }: EngineFolders, name: string): string {
  return join(volumes, name, "_data");
}

/** Makes a volume; false where it is there already. */
function makeVolume(folders: EngineFolders, name: string): boolean {
  return mkdirSync(volumePath(folders, name), { recursive: true, mode: 0o755 }) !== undefined;
}

/** Removes volumes that were made for one container. */
export function removeAnonymous(folders: EngineFolders, volumes: readonly VolumeUse[]): void {
  for (const { name, anonymous } of volumes)
    if (anonymous) rmSync(join(folders.volumes, name), { recursive: true, force: true });
}
