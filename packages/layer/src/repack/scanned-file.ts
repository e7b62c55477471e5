/**
 * Files of a scan, as the program `teu-layer` writes them: records in a row.
 * @module
 */
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from "@teu/kernel/files";
import { TeuError } from "@teu/std/error";
import type { TarTime } from "@teu/tar/entry";
import type { LayerErrorCode } from "../errors.ts";
import type { FileType } from "../tree-node.ts";

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

const STAT_BYTES = 13 * 8;

/** Reads records one behind the other. */
export class RecordReader {
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
    const file = new ScannedEntry(this.#bytes, this.at);
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
export class ScannedEntry implements ScannedFile {
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

/** The error for a scan that is not as a scan is written. */
export function damaged(problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_BUNDLE_INVALID", `Reading the state of a tree: ${problem}, expected a whole one`);
}
