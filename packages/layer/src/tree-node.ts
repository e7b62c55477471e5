/**
 * What a tree of layers is made of: names, and the files they stand for. Names that are hard links share a file.
 * @module
 */
import type { TarTime } from "@teu/tar/entry";
import { joinPath } from "./byte-path.ts";

/** What a file is. */
export type FileType = "file" | "directory" | "symlink" | "character-device" | "block-device" | "fifo";

/** Attributes that a directory gets which no entry describes. */
export const IMPLICIT_MODE = 0o755;

/** What is behind a name: the inode of a layer. Its values are those of its entry. */
export class TreeFile {
  readonly type: FileType;
  mode: number;
  uid: number;
  gid: number;
  mtime: TarTime;
  /** Extended attributes by name, undefined for none. */
  xattrs: ReadonlyMap<string, Uint8Array> | undefined;
  /** Length of a file's content in bytes. */
  size = 0;
  /** The target of a symbolic link, a byte string. */
  target = "";
  /** Of a device. */
  major = 0;
  minor = 0;
  /** Index of the layer that the entry is in. */
  layer: number;
  /** Where the entry's header is in the plain archive of that layer, in bytes; -1 for a directory without an entry. */
  offset: number;
  /** How many names stand for it. */
  names = 0;

  // oxlint-disable-next-line eslint/max-params -- the values every file has
  constructor(type: FileType, mode: number, uid: number, gid: number, mtime: TarTime, layer: number, offset: number) {
    this.type = type;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.mtime = mtime;
    this.layer = layer;
    this.offset = offset;
  }
}

/** A name in a directory. */
export class TreeNode {
  /** A byte string; empty for the root. */
  readonly name: string;
  readonly parent: TreeNode | undefined;
  file: TreeFile;
  /** How many names are on the way to it; 0 for the root. */
  readonly depth: number;
  /** Length of its path. */
  readonly pathBytes: number;
  /** The last layer that has an entry for it or below it. */
  touched: number;
  /** Of a directory: what is in it, in the order it came. */
  readonly children: Map<string, TreeNode> | undefined;
  /** Of a directory, where layers below are not known: names that are hidden in it. */
  hidden: Set<string> | undefined;
  /** Of a directory, where layers below are not known: everything that they have in it is hidden. */
  opaque = false;
  /** Whether it is a file of layers below, here because a hard link names it. */
  isBrought = false;

  constructor(name: string, parent: TreeNode | undefined, file: TreeFile) {
    this.name = name;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.pathBytes = parent === undefined || parent.pathBytes === 0 ? name.length : parent.pathBytes + 1 + name.length;
    this.file = file;
    this.touched = file.layer;
    this.children = file.type === "directory" ? new Map() : undefined;
  }

  /** Its path from the root, without a slash in front; empty for the root. */
  get path(): string {
    return this.parent === undefined ? "" : joinPath(this.parent.path, this.name);
  }
}
