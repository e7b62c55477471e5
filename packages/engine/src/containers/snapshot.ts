/**
 * The root file system of a container: the layers of its image, with a folder over them for what it writes.
 * @module
 */
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Engine, monitorPath, tryFindProgram } from "../engine.ts";
import { readRecord, writeRecord } from "../files.ts";
import type { ContainerFolders, ContainerRecord, SnapshotKind } from "./record.ts";
import { type IdRanges, subordinateIds } from "./subordinate-ids.ts";

/** What the monitor has to know to mount a root. */
export interface RootSettings {
  readonly mountPoint: string;
  readonly overlayFolder: string;
  readonly overlay: readonly string[];
  readonly mountProgram: readonly string[];
  readonly uidRanges: IdRanges;
  readonly gidRanges: IdRanges;
}

/** Makes the folders of a root; those of an overlay take the attributes of the image's root. */
export function makeSnapshot(engine: Engine, record: ContainerRecord, folders: ContainerFolders): void {
  const top = record.layers.at(-1);
  const root = top === undefined ? undefined : lstatSync(join(engine.folders.layers, top, "fs"));
  mkdirSync(folders.upper, { mode: 0o755 });
  mkdirSync(folders.work, { mode: 0o700 });
  mkdirSync(folders.merged, { mode: 0o700 });
  if (root === undefined) return;
  chmodSync(folders.upper, root.mode & 0o7777);
  if (!engine.folders.rootless) chownSync(folders.upper, root.uid, root.gid);
}

/** How the monitor mounts the root of a container. */
export function rootSettings(engine: Engine, record: ContainerRecord, folders: ContainerFolders): RootSettings {
  const { rootless, layers: overlayFolder } = engine.folders;
  const lower = record.layers.map((name) => `${name}/fs`).toReversed();
  const maps = rootless ? subordinateIds(engine.env) : { uids: [], gids: [] };
  const common = { overlayFolder, uidRanges: maps.uids, gidRanges: maps.gids };
  if (record.snapshot === "copy") return { ...common, mountPoint: "", overlay: [], mountProgram: [] };
  const upper = [`upperdir=${folders.upper}`, `workdir=${folders.work}`];
  if (record.snapshot === "fuse-overlayfs") {
    const program = tryFindProgram("fuse-overlayfs", engine.env) ?? "fuse-overlayfs";
    const options = [`lowerdir=${lower.map((path) => join(overlayFolder, path)).join(":")}`, ...upper].join(",");
    return {
      ...common,
      mountPoint: folders.merged,
      overlay: [],
      mountProgram: [program, "-o", options, folders.merged],
    };
  }
  const options = [...lower.map((path) => `lowerdir+=${path}`), ...upper, ...(rootless ? ["userxattr"] : [])];
  return { ...common, mountPoint: folders.merged, overlay: options, mountProgram: [] };
}

/** Where the root of a container is for its runtime. */
export function rootPath({ snapshot }: ContainerRecord, folders: ContainerFolders): string {
  return snapshot === "copy" ? folders.upper : folders.merged;
}

/** The best kind of root that this machine has. It is tried out once, and kept. `TEU_SNAPSHOT` names another. */
export function snapshotKind(engine: Engine): SnapshotKind {
  const asked = engine.env["TEU_SNAPSHOT"];
  if (asked === "overlay" || asked === "fuse-overlayfs" || asked === "copy") return asked;
  const place = join(engine.folders.containers, "snapshot.json");
  const known = readRecord<{ readonly kind: SnapshotKind }>(place);
  if (known !== undefined) return known.kind;
  const kind = (["overlay", "fuse-overlayfs"] as const).find((one) => works(engine, one)) ?? "copy";
  writeRecord(place, { kind });
  return kind;
}

function works(engine: Engine, snapshot: SnapshotKind): boolean {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  if (
    snapshot === "fuse-overlayfs" &&
    (tryFindProgram("fuse-overlayfs", engine.env) === undefined || !existsSync("/dev/fuse"))
  )
    return false;
  mkdirSync(engine.folders.containers, { recursive: true, mode: 0o711 });
  const home = mkdtempSync(join(engine.folders.containers, ".try-"));
  try {
    for (const name of ["lower/fs", "upper", "work", "merged"]) mkdirSync(join(home, name), { recursive: true });
    const folders = { upper: join(home, "upper"), work: join(home, "work"), merged: join(home, "merged") };
    const record = { layers: ["lower"], snapshot } as unknown as ContainerRecord;
    const here = { ...engine, folders: { ...engine.folders, layers: home } };
    writeFileSync(join(home, "monitor.json"), JSON.stringify(rootSettings(here, record, folders as ContainerFolders)));
    return spawnSync(monitorPath(), ["mount", home], { stdio: ["ignore", "ignore", "ignore"] }).status === 0;
  } finally {
    removeTrial(engine, home);
  }
}

// The kernel leaves a folder of root's behind, which in a user namespace is nobody's here.
function removeTrial(engine: Engine, home: string): void {
  if (engine.folders.rootless && !engine.folders.inside) {
    const { spawnSync } = process.getBuiltinModule("node:child_process");
    const { uids, gids } = subordinateIds(engine.env);
    const maps = [uids, gids].map((ranges) => ranges.map((range) => range.join(":")).join(","));
    spawnSync(monitorPath(), ["map", ...maps, "/bin/rm", "-rf", "--", home], { stdio: "ignore" });
  } else rmSync(home, { recursive: true, force: true });
}
