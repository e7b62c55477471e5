/**
 * What a loss of power leaves of a folder whose syncs were kept by `keep-synced.c`.
 * @module
 */
import { execFileSync } from "node:child_process";
import {
  type BigIntStats,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Builds the library in `folder` and gives its path. */
export function buildKeeper(folder: string): string {
  const library = join(folder, "keep-synced.so");
  const source = join(import.meta.dirname, "keep-synced.c");
  execFileSync("cc", ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
  return library;
}

/** Keeps all of `source`, which is on the disk with its bytes and names. Files of blobs never change. */
export function keepAll(source: string, keep: string): void {
  mkdirSync(keep, { recursive: true });
  if (existsSync(source)) keepFolder(source, keep);
}

function keepFolder(path: string, keep: string): void {
  const entries = presentEntries(path);
  const lines = entries.map(({ isFolder, id, name }) => `${isFolder ? "d" : "f"} ${id} ${name}\n`);
  writeFileSync(join(keep, `d-${idOf(lstatSync(path, { bigint: true }))}`), lines.join(""));
  for (const { isFolder, id, name } of entries) {
    const place = join(path, name);
    if (isFolder) keepFolder(place, keep);
    else if (place.includes("/blobs/")) linkSync(place, join(keep, `f-${id}`));
    else copyFileSync(place, join(keep, `f-${id}`));
  }
}

/** What a disk may have kept of what nobody synced: nothing, or names without the bytes of their files. */
export type Loss = "everything" | "bytes";

/**
 * Makes in `target` what is left of `source`: of each file the bytes that it had when it was last synced, and the names
 * that folders had when they were last synced; with the loss of `bytes` alone the names that they have now.
 */
export function restoreSynced(source: string, target: string, { keep, loss }: { keep: string; loss: Loss }): void {
  restoreFolder({ id: idOf(lstatSync(source, { bigint: true })), path: source, target }, { keep, loss });
}

interface Folder {
  readonly id: string;
  /** Where it is now, if it still is. */
  readonly path: string;
  readonly target: string;
}

interface Entry {
  readonly isFolder: boolean;
  readonly id: string;
  readonly name: string;
}

function restoreFolder({ id, path, target }: Folder, from: { readonly keep: string; readonly loss: Loss }): void {
  mkdirSync(target, { recursive: true });
  const entries = from.loss === "bytes" ? presentEntries(path) : syncedEntries(join(from.keep, `d-${id}`));
  for (const { isFolder, id: entryId, name } of entries) {
    const place = join(target, name);
    const bytes = join(from.keep, `f-${entryId}`);
    if (isFolder) restoreFolder({ id: entryId, path: join(path, name), target: place }, from);
    else if (existsSync(bytes)) linkSync(bytes, place);
    else writeFileSync(place, "");
  }
}

function syncedEntries(file: string): Entry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [type = "", id = "", ...name] = line.split(" ");
    return { isFolder: type === "d", id, name: name.join(" ") };
  });
}

function presentEntries(path: string): Entry[] {
  return readdirSync(path).map((name) => {
    const stats = lstatSync(join(path, name), { bigint: true });
    return { isFolder: stats.isDirectory(), id: idOf(stats), name };
  });
}

function idOf({ ino, birthtimeNs }: BigIntStats): string {
  const second = 1_000_000_000n;
  return [ino, birthtimeNs / second, birthtimeNs % second].map((part) => part.toString(16)).join("-");
}
