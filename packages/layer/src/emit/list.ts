/**
 * The files of a tree as rows for people and programs.
 * @module
 */
import { displayName } from "../byte-path.ts";
import type { LayerTree } from "../tree.ts";
import type { FileType, TreeNode } from "../tree-node.ts";

/** What is told of a file. */
export interface FileRow {
  /** From the root, without a slash in front; `.` is the root. Names that are not UTF-8 have U+FFFD in them. */
  readonly path: string;
  readonly type: FileType;
  /** Permissions, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** In bytes. */
  readonly size: number;
  /** RFC 3339 with nanoseconds. */
  readonly mtime: string;
  /** Target of a symbolic link. */
  readonly target?: string;
  /** Major and minor number of a device. */
  readonly device?: readonly [number, number];
  /** How many names the file has, if several. */
  readonly names?: number;
  /** Names of its extended attributes. */
  readonly xattrs?: readonly string[];
  /** Index of the layer that it is from. */
  readonly layer: number;
}

/** Every file of a tree, the root first, then by path. */
export function* listFiles(tree: LayerTree): Generator<FileRow, void, undefined> {
  yield rowOf(tree.root);
  for (const node of tree.nodes()) yield rowOf(node);
}

/** The row of one file. */
export function rowOf(node: TreeNode): FileRow {
  const { type, mode, uid, gid, size, mtime, layer, target, major, minor, names, xattrs } = node.file;
  const isDevice = type === "character-device" || type === "block-device";
  return {
    path: node.path === "" ? "." : displayName(node.path),
    type,
    mode,
    uid,
    gid,
    size,
    mtime: formatTime(mtime),
    ...(type === "symlink" ? { target: displayName(target) } : {}),
    ...(isDevice ? { device: [major, minor] as const } : {}),
    ...(names > 1 ? { names } : {}),
    ...(xattrs === undefined ? {} : { xattrs: [...xattrs.keys()] }),
    layer,
  };
}

const MAX_DATE_SECONDS = 8.64e12;

/** A time as RFC 3339 has it; one that no calendar has, as seconds. */
export function formatTime({
  seconds,
  nanoseconds,
}: {
  readonly seconds: number;
  readonly nanoseconds: number;
}): string {
  if (Math.abs(seconds) > MAX_DATE_SECONDS) return `@${seconds}`;
  const whole = new Date(seconds * 1000).toISOString().replace(/\.000Z$/, "");
  return nanoseconds === 0 ? `${whole}Z` : `${whole}.${String(nanoseconds).padStart(9, "0")}Z`;
}

const TYPE_LETTERS: Readonly<Record<FileType, string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  "character-device": "c",
  "block-device": "b",
  fifo: "p",
};

/** Type and permissions as `ls -l` shows them, such as `-rwxr-xr-x`. */
export function modeLetters({ type, mode }: Pick<FileRow, "type" | "mode">): string {
  const triple = (shift: number, special: boolean, letter: string): string => {
    const bits = mode >> shift;
    const last = special ? ((bits & 1) === 0 ? letter.toUpperCase() : letter) : (bits & 1) === 0 ? "-" : "x";
    return `${(bits & 4) === 0 ? "-" : "r"}${(bits & 2) === 0 ? "-" : "w"}${last}`;
  };
  const user = triple(6, (mode & 0o4000) !== 0, "s");
  const group = triple(3, (mode & 0o2000) !== 0, "s");
  return TYPE_LETTERS[type] + user + group + triple(0, (mode & 0o1000) !== 0, "t");
}

/** Names in one directory that a file system without case, or with another form of Unicode, takes for the same. */
export interface Collision {
  readonly folder: string;
  readonly names: readonly string[];
}

/** Finds the {@link Collision}s of a tree. */
export function* findCollisions(tree: LayerTree, folder: TreeNode = tree.root): Generator<Collision, void, undefined> {
  const seen = new Map<string, string[]>();
  for (const { name } of folder.children?.values() ?? []) {
    const shown = displayName(name);
    const key = shown.normalize("NFC").toLowerCase();
    const same = seen.get(key);
    if (same === undefined) seen.set(key, [shown]);
    else same.push(shown);
  }
  for (const names of seen.values()) if (names.length > 1) yield { folder: displayName(folder.path), names };
  for (const child of folder.children?.values() ?? []) {
    if (child.children !== undefined) yield* findCollisions(tree, child);
  }
}
