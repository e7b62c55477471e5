/**
 * The state of a directory tree, as the program `teu-layer` tells it.
 * @module
 */
import type { TarTime } from "@teu/tar/entry";
import { TeuError } from "@teu/std/error";
import { byteString, joinPath } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
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
  /** The files in a folder. */
  filesIn(folder: string): Iterable<[string, ScannedFile]>;
  /** Whether a folder and the files in it, not those in folders below, are the same in another scan, to the last bit. */
  isSame(folder: string, other: ScannedTree): boolean;
  /** What the scan says of a folder. */
  bytesOf(folder: string): Uint8Array | undefined;
}

/** Where the root of a scanned tree is. */
export const ABOVE_ROOT = "/";

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
    const folder = path === "" ? ABOVE_ROOT : path.slice(0, Math.max(0, slash));
    const bytes = this.#folders.get(folder);
    const at = bytes === undefined ? undefined : this.#namesOf(folder, bytes).get(path.slice(slash + 1));
    return bytes === undefined || at === undefined ? undefined : new RecordReader(bytes, at).entry()[1];
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
    const bytes = this.#folders.get(folder) ?? Buffer.alloc(0);
    for (const reader = new RecordReader(bytes); reader.at < bytes.length;) {
      reader.u8();
      const [name, file] = reader.entry();
      yield [folder === ABOVE_ROOT ? name : joinPath(folder, name), file];
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
    return byteString(this.#take(this.#u16()));
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
    const start = this.#step(STAT_BYTES);
    const number = (index: number): number => this.#bytes.readDoubleLE(start + index * 8);
    const name = this.text();
    const file: ScannedFile = {
      mode: number(0),
      uid: number(1),
      gid: number(2),
      device: number(3),
      inode: number(4),
      links: number(5),
      size: number(6),
      mtime: { seconds: number(7), nanoseconds: number(8) },
      ctime: { seconds: number(9), nanoseconds: number(10) },
      major: number(11),
      minor: number(12),
      target: this.text(),
      xattrs: this.#xattrs(),
    };
    return [name, file];
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

function damaged(problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_BUNDLE_INVALID", `Reading the state of a tree: ${problem}, expected a whole one`);
}
