/**
 * The state of a directory tree, as the program `teu-layer` tells it.
 * @module
 */
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from "@teu/kernel/files";
import type { TarTime } from "@teu/tar/entry";
import { TeuError } from "@teu/std/error";
import { joinPath } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import type { FileType } from "../tree-node.ts";
import { SCANNED_END, SCANNED_ENTRY, SCANNED_FOLDER } from "../helper/protocol.ts";
import { HelperProcess } from "../helper-program.ts";

/** A file as stat(2) has it. */
export interface ScannedFile {
  /** Type and permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly device: number;
  readonly inode: number;
  readonly links: number;
  readonly size: number;
  readonly mtime: TarTime;
  readonly ctime: TarTime;
  readonly major: number;
  readonly minor: number;
  /** Target of a symbolic link, a byte string. */
  readonly target: string;
  readonly xattrs: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * Every file of a tree by its path, the root by an empty one. Paths are byte strings. Files are read out of the bytes of the
 * scan when they are asked for: most never are.
 */
export interface ScannedTree extends Iterable<[string, ScannedFile]> {
  readonly size: number;
  get(path: string): ScannedFile | undefined;
  has(path: string): boolean;
  keys(): Iterable<string>;
  /** The folders by their paths; the root itself is in one of its own, {@link ABOVE_ROOT}. */
  folders(): Iterable<string>;
  hasFolder(folder: string): boolean;
  /** The files in a folder, by their paths. */
  filesIn(folder: string): Iterable<[string, ScannedFile]>;
  /** The same by their names, which makes no paths. */
  namesIn(folder: string): Iterable<[string, ScannedFile]>;
  fileIn(folder: string, name: string): ScannedFile | undefined;
  /** Whether a folder and the files in it, not those in folders below, are the same in another scan, to the last bit. */
  isSame(folder: string, other: ScannedTree): boolean;
  /** What the scan says of a folder. */
  bytesOf(folder: string): Uint8Array | undefined;
}

/** What a file with such a mode is; undefined for sockets, which no archive can hold. */
export function fileType(mode: number): FileType | undefined {
  return TYPES.get(mode & S_IFMT);
}

const TYPES: ReadonlyMap<number, FileType> = new Map([
  [S_IFREG, "file"],
  [S_IFDIR, "directory"],
  [S_IFLNK, "symlink"],
  [S_IFCHR, "character-device"],
  [S_IFBLK, "block-device"],
  [S_IFIFO, "fifo"],
]);

/** Where the root of a scanned tree is. */
export const ABOVE_ROOT = "/";

/** The path of a name in a folder of a scanned tree. */
export function pathIn(folder: string, name: string): string {
  return folder === ABOVE_ROOT ? name : joinPath(folder, name);
}

/**
 * Scans the tree below `root`.
 * @throws TeuError `ERR_APPLY`, `ERR_HELPER`
 */
export async function scanTree(program: string, root: string): Promise<ScannedTree> {
  await using helper = new HelperProcess(program, "scan", root);
  const chunks: Uint8Array[] = [];
  for await (const chunk of helper.child.stdout as AsyncIterable<Uint8Array>) chunks.push(chunk);
  await helper.end();
  return parseScan(Buffer.concat(chunks));
}

/** Reads what a scan wrote. @throws TeuError `ERR_BUNDLE_INVALID` if it ends early or is damaged */
export function parseScan(bytes: Uint8Array): ScannedTree {
  return new Scan(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}

const STAT_BYTES = 13 * 8;
// Folders whose names are at hand: archives go along a tree by its paths, and so come back to a folder from those below it.
const MAX_KNOWN = 64;

class Scan implements ScannedTree {
  readonly #folders = new Map<string, Buffer>();
  readonly #known = new Map<string, ReadonlyMap<string, number>>();
  #size = 0;

  constructor(bytes: Buffer) {
    const reader = new RecordReader(bytes);
    let folder = ABOVE_ROOT;
    let start = 0;
    for (;;) {
      const at = reader.at;
      const kind = reader.u8();
      if (kind === SCANNED_ENTRY) {
        reader.passEntry();
        this.#size += 1;
        continue;
      }
      if (kind !== SCANNED_FOLDER && kind !== SCANNED_END) throw damaged(`a record of kind ${kind}`);
      this.#folders.set(folder, bytes.subarray(start, at));
      if (kind === SCANNED_END) return;
      folder = reader.text();
      start = reader.at;
    }
  }

  get size(): number {
    return this.#size;
  }

  get(path: string): ScannedFile | undefined {
    const slash = path.lastIndexOf("/");
    return this.fileIn(path === "" ? ABOVE_ROOT : path.slice(0, Math.max(0, slash)), path.slice(slash + 1));
  }

  fileIn(folder: string, name: string): ScannedFile | undefined {
    const bytes = this.#folders.get(folder);
    const at = bytes === undefined ? undefined : this.#namesOf(folder, bytes).get(name);
    return bytes === undefined || at === undefined ? undefined : new Entry(bytes, at);
  }

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  *keys(): Generator<string> {
    for (const [path] of this) yield path;
  }

  *[Symbol.iterator](): Generator<[string, ScannedFile]> {
    for (const folder of this.#folders.keys()) yield* this.filesIn(folder);
  }

  folders(): Iterable<string> {
    return this.#folders.keys();
  }

  hasFolder(folder: string): boolean {
    return this.#folders.has(folder);
  }

  *filesIn(folder: string): Generator<[string, ScannedFile]> {
    for (const [name, file] of this.namesIn(folder)) yield [pathIn(folder, name), file];
  }

  *namesIn(folder: string): Generator<[string, ScannedFile]> {
    const bytes = this.#folders.get(folder) ?? Buffer.alloc(0);
    for (const reader = new RecordReader(bytes); reader.at < bytes.length;) {
      reader.u8();
      yield reader.entry();
    }
  }

  isSame(folder: string, other: ScannedTree): boolean {
    const theirs = other.bytesOf(folder);
    return theirs !== undefined && this.bytesOf(folder)?.equals(theirs) === true;
  }

  bytesOf(folder: string): Buffer | undefined {
    return this.#folders.get(folder);
  }

  /** Where the entries of a folder are, by their names. */
  #namesOf(folder: string, bytes: Buffer): ReadonlyMap<string, number> {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const names = new Map<string, number>();
    for (const reader = new RecordReader(bytes); reader.at < bytes.length;) {
      const at = reader.at + 1;
      reader.u8();
      names.set(reader.passEntry(), at);
    }
    if (this.#known.size === MAX_KNOWN) this.#known.clear();
    this.#known.set(folder, names);
    return names;
  }
}

/** Reads records one behind the other. */
class RecordReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#step(1));
  }

  text(): string {
    const length = this.#u16();
    const start = this.#step(length);
    // A byte string, without a view of the bytes in between.
    return this.#bytes.toString("latin1", start, start + length);
  }

  /** Passes over an entry, and gives its name. */
  passEntry(): string {
    this.#step(STAT_BYTES);
    const name = this.text();
    this.#step(this.#u16());
    for (let left = this.#u16(); left > 0; left -= 1) {
      this.#step(this.#u16());
      this.#step(this.#u32());
    }
    return name;
  }

  entry(): [name: string, file: ScannedFile] {
    const file = new Entry(this.#bytes, this.at);
    return [this.passEntry(), file];
  }

  /** What follows the name of an entry. */
  targetAndXattrs(): Pick<ScannedFile, "target" | "xattrs"> {
    return { target: this.text(), xattrs: this.#xattrs() };
  }

  #xattrs(): ReadonlyMap<string, Uint8Array> | undefined {
    const count = this.#u16();
    if (count === 0) return undefined;
    const xattrs = new Map<string, Uint8Array>();
    for (let i = 0; i < count; i += 1) {
      const key = this.#take(this.#u16()).toString("utf8");
      xattrs.set(key, new Uint8Array(this.#take(this.#u32())));
    }
    return xattrs;
  }

  #u16(): number {
    return this.#bytes.readUInt16LE(this.#step(2));
  }

  #u32(): number {
    return this.#bytes.readUInt32LE(this.#step(4));
  }

  #take(length: number): Buffer {
    const start = this.#step(length);
    return this.#bytes.subarray(start, start + length);
  }

  #step(length: number): number {
    const start = this.at;
    if (start + length > this.#bytes.length) throw damaged("it ends early");
    this.at = start + length;
    return start;
  }
}

/** A file that stays in the bytes of its scan until something of it is asked for: trees have many. */
class Entry implements ScannedFile {
  readonly #bytes: Buffer;
  readonly #start: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  get mode(): number {
    return this.#number(0);
  }

  get uid(): number {
    return this.#number(1);
  }

  get gid(): number {
    return this.#number(2);
  }

  get device(): number {
    return this.#number(3);
  }

  get inode(): number {
    return this.#number(4);
  }

  get links(): number {
    return this.#number(5);
  }

  get size(): number {
    return this.#number(6);
  }

  get mtime(): TarTime {
    return { seconds: this.#number(7), nanoseconds: this.#number(8) };
  }

  get ctime(): TarTime {
    return { seconds: this.#number(9), nanoseconds: this.#number(10) };
  }

  get major(): number {
    return this.#number(11);
  }

  get minor(): number {
    return this.#number(12);
  }

  get target(): string {
    return this.#behindName().target;
  }

  get xattrs(): ReadonlyMap<string, Uint8Array> | undefined {
    return this.#behindName().xattrs;
  }

  #number(index: number): number {
    return this.#bytes.readDoubleLE(this.#start + index * 8);
  }

  #behindName(): Pick<ScannedFile, "target" | "xattrs"> {
    const nameAt = this.#start + STAT_BYTES;
    return new RecordReader(this.#bytes, nameAt + 2 + this.#bytes.readUInt16LE(nameAt)).targetAndXattrs();
  }
}

function damaged(problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_BUNDLE_INVALID", `Reading the state of a tree: ${problem}, expected a whole one`);
}
