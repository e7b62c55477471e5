/**
 * What has changed in a tree since its state was recorded. Files are told apart by what stat(2) says; only where that
 * leaves a doubt has their content to be looked at.
 * @module
 */
import { S_IFDIR, S_IFMT, S_IFREG } from "@teu/kernel/files";
import type { TarTime } from "@teu/tar/entry";
import { sameXattrs } from "../emit/tree-diff.ts";
import { type ScannedTree, pathIn } from "./scan.ts";
import type { ScannedFile } from "./scanned-file.ts";

/** The changes of a tree. Paths are byte strings, sorted, parents first. */
export interface TreeChangeList {
  /** What is gone; of a directory that is gone, nothing below it. */
  readonly removed: readonly string[];
  /** What is new or changed. */
  readonly changed: readonly string[];
  /** Regular files whose content may have changed, though size and time have not. */
  readonly doubtful: readonly string[];
}

/**
 * Compares two states of a tree.
 * @param isIgnored Tells of paths that do not count, such as volumes; nothing below them counts either.
 */
export function compareScans(
  before: ScannedTree,
  after: ScannedTree,
  isIgnored: (path: string) => boolean = () => false,
): TreeChangeList {
  const [removed, changed, doubtful]: [string[], string[], string[]] = [[], [], []];
  for (const folder of after.folders()) {
    if (after.isSame(folder, before)) continue;
    for (const [name, file] of after.namesIn(folder)) {
      const verdict = compareFiles(before.fileIn(folder, name), file);
      if (verdict === "same") continue;
      const path = pathIn(folder, name);
      if (!isIgnored(path)) (verdict === "changed" ? changed : doubtful).push(path);
    }
  }
  for (const folder of before.folders()) {
    // What was in a folder that is gone has gone with it.
    if (!after.hasFolder(folder) || after.isSame(folder, before)) continue;
    for (const [name] of before.namesIn(folder)) {
      if (after.fileIn(folder, name) !== undefined) continue;
      const path = pathIn(folder, name);
      if (!isIgnored(path)) removed.push(path);
    }
  }
  return { removed: removed.sort(byBytes), changed: changed.sort(byBytes), doubtful: doubtful.sort(byBytes) };
}

function compareFiles(before: ScannedFile | undefined, after: ScannedFile): "same" | "changed" | "doubtful" {
  if (before === undefined || !sameAttributes(before, after)) return "changed";
  if ((after.mode & S_IFMT) !== S_IFREG || after.size === 0) return "same";
  const isUntouched = sameTime(before.ctime, after.ctime) && before.inode === after.inode;
  return isUntouched ? "same" : "doubtful";
}

function sameAttributes(a: ScannedFile, b: ScannedFile): boolean {
  const isFolder = (a.mode & S_IFMT) === S_IFDIR;
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    (isFolder || (a.size === b.size && a.links === b.links)) &&
    sameTime(a.mtime, b.mtime) &&
    a.major === b.major &&
    a.minor === b.minor &&
    a.target === b.target &&
    sameXattrs(a.xattrs, b.xattrs)
  );
}

function sameTime(a: TarTime, b: TarTime): boolean {
  return a.seconds === b.seconds && a.nanoseconds === b.nanoseconds;
}

/** Orders byte strings so that a directory comes before what is in it. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
