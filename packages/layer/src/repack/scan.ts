/**
 * The state of a directory tree, as the program `teu-layer` tells it.
 * @module
 */
import { joinPath } from "../byte-path.ts";
import { SCANNED_END, SCANNED_ENTRY, SCANNED_FOLDER } from "../helper/protocol.ts";
import { HelperProcess } from "../helper-program.ts";
import { RecordReader, ScannedEntry, type ScannedFile, damaged } from "./scanned-file.ts";

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
    return bytes === undefined || at === undefined ? undefined : new ScannedEntry(bytes, at);
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
