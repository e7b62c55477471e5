/**
 * Compares two directory trees by all that can be seen: names, types, modes, owners, times, links, attributes, contents.
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { S_IFDIR, S_IFMT, S_IFREG } from "@teu/kernel/files";
import { type ScannedTree, scanTree } from "@teu/layer/repack/scan";
import type { ScannedFile } from "@teu/layer/repack/scanned-file";

/** How to compare. */
export interface CompareOptions {
  /** Paths whose times do not count, such as those of directories that one of the tools does not put back. */
  readonly ignoreTimes?: (path: string, file: ScannedFile) => boolean;
}

/** The differences between the trees below `one` and `two`, as lines. */
export async function compareTrees(
  helper: string,
  one: string,
  two: string,
  options: CompareOptions = {},
): Promise<string[]> {
  const [a, b] = [await scanTree(helper, one), await scanTree(helper, two)];
  const lines: string[] = [];
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(path), b.get(path)];
    if (x === undefined || y === undefined) lines.push(`${path}: only in ${x === undefined ? two : one}`);
    else lines.push(...differences(x, y, options.ignoreTimes?.(path, x) ?? false).map((what) => `${path}: ${what}`));
    if (x !== undefined && y !== undefined && !sameContent(x, y, join(one, path), join(two, path)))
      lines.push(`${path}: content`);
  }
  return [...lines, ...differentLinks(a, b)];
}

function differences(a: ScannedFile, b: ScannedFile, ignoreTimes: boolean): string[] {
  const isFolder = (a.mode & S_IFMT) === S_IFDIR;
  const fields = (file: ScannedFile): readonly (readonly [string, string])[] => [
    ["mode", file.mode.toString(8)],
    ["owner", `${file.uid}:${file.gid}`],
    ["size", isFolder ? "" : String(file.size)],
    ["links", isFolder ? "" : String(file.links)],
    ["device", `${file.major}:${file.minor}`],
    ["target", file.target],
    ["mtime", ignoreTimes ? "" : `${file.mtime.seconds}.${file.mtime.nanoseconds}`],
    [
      "xattrs",
      JSON.stringify(
        [...(file.xattrs ?? [])]
          .map(([name, value]) => [name, Buffer.from(value).toString("hex")].join("="))
          .toSorted((one, other) => (one < other ? -1 : 1)),
      ),
    ],
  ];
  const [one, two] = [fields(a), fields(b)];
  return one.flatMap(([name, value], at) => (value === two[at]?.[1] ? [] : [`${name} ${value} and ${two[at]?.[1]}`]));
}

function sameContent(a: ScannedFile, b: ScannedFile, one: string, two: string): boolean {
  if ((a.mode & S_IFMT) !== S_IFREG || a.size === 0 || a.size !== b.size) return true;
  return digest(one) === digest(two);
}

function digest(path: string): string {
  return createHash("sha256")
    .update(readFileSync(Buffer.from(path, "latin1")))
    .digest("hex");
}

/** Groups of hard links that are not the same. */
function differentLinks(a: ScannedTree, b: ScannedTree): string[] {
  const groups = (tree: ScannedTree): string => {
    const byInode = new Map<number, string[]>();
    for (const [path, file] of tree) {
      if (file.links < 2 || (file.mode & S_IFMT) === S_IFDIR) continue;
      byInode.set(file.inode, [...(byInode.get(file.inode) ?? []), path]);
    }
    return JSON.stringify([...byInode.values()].map((names) => names.sort().join()).sort());
  };
  return groups(a) === groups(b) ? [] : ["hard links differ"];
}
