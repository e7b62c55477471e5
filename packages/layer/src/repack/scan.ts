/**
 * The state of a directory tree, as the program `teu-layer` tells it.
 * @module
 */
import type { TarTime } from "@teu/tar/entry";
import { TeuError } from "@teu/std/error";
import type { ByteSource } from "@teu/std/streams";
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

/** Every file of a tree by its path, the root by an empty one. Paths are byte strings. */
export type ScannedTree = ReadonlyMap<string, ScannedFile>;

/**
 * Scans the tree below `root`.
 * @throws TeuError `ERR_APPLY`, `ERR_HELPER`
 */
export async function scanTree(program: string, root: string): Promise<ScannedTree> {
  await using helper = new HelperProcess(program, "scan", root);
  const reader = new ScanReader();
  for await (const chunk of helper.child.stdout as AsyncIterable<Uint8Array>) reader.push(chunk);
  await helper.end();
  return reader.finish();
}

/** Reads what a scan wrote. @throws TeuError `ERR_BUNDLE_INVALID` if it ends early or is damaged */
export async function readScan(source: ByteSource): Promise<ScannedTree> {
  const reader = new ScanReader();
  for await (const chunk of source) reader.push(chunk);
  return reader.finish();
}

/** As {@link readScan}, of bytes that are all there. */
export function parseScan(bytes: Uint8Array): ScannedTree {
  const reader = new ScanReader();
  reader.push(bytes);
  return reader.finish();
}

const STAT_NUMBERS = 13;

class ScanReader {
  readonly #files = new Map<string, ScannedFile>();
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;
  #folder = "";
  #isDone = false;

  push(chunk: Uint8Array): void {
    const added = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#rest = this.#rest.length === 0 ? added : Buffer.concat([this.#rest, added]);
    this.#at = 0;
    let done = 0;
    while (!this.#isDone && this.#record()) done = this.#at;
    this.#rest = this.#rest.subarray(done);
  }

  finish(): ScannedTree {
    if (this.#isDone) return this.#files;
    throw damaged("it ends early");
  }

  /** Reads a record; false if it is not complete yet. */
  #record(): boolean {
    const bytes = this.#rest;
    const kind = bytes[this.#at];
    if (kind === undefined) return false;
    this.#at += 1;
    if (kind === SCANNED_END) this.#isDone = true;
    else if (kind === SCANNED_FOLDER) return this.#readFolder();
    else if (kind === SCANNED_ENTRY) return this.#readEntry();
    else throw damaged(`a record of kind ${kind}`);
    return true;
  }

  #readFolder(): boolean {
    const path = this.#text();
    if (path === undefined) return false;
    this.#folder = path;
    return true;
  }

  #readEntry(): boolean {
    const start = this.#at;
    if (this.#rest.length - start < STAT_NUMBERS * 8) return false;
    this.#at += STAT_NUMBERS * 8;
    const name = this.#text();
    const target = this.#text();
    const xattrs = this.#xattrs();
    if (name === undefined || target === undefined || xattrs === undefined) return false;
    this.#files.set(name === "" ? "" : joinPath(this.#folder, name), this.#file(start, target, xattrs));
    return true;
  }

  #file(start: number, target: string, xattrs: ReadonlyMap<string, Uint8Array>): ScannedFile {
    const number = (index: number): number => this.#rest.readDoubleLE(start + index * 8);
    return {
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
      target,
      xattrs: xattrs.size === 0 ? undefined : xattrs,
    };
  }

  #xattrs(): ReadonlyMap<string, Uint8Array> | undefined {
    const head = this.#bytes(2);
    if (head === undefined) return undefined;
    const count = head.readUInt16LE();
    if (count === 0) return NO_XATTRS;
    const xattrs = new Map<string, Uint8Array>();
    for (let i = 0; i < count; i += 1) {
      const key = this.#text();
      const length = this.#bytes(4);
      const value = length === undefined ? undefined : this.#bytes(length.readUInt32LE());
      if (key === undefined || value === undefined) return undefined;
      xattrs.set(Buffer.from(key, "latin1").toString("utf8"), new Uint8Array(value));
    }
    return xattrs;
  }

  #text(): string | undefined {
    const head = this.#bytes(2);
    const bytes = head === undefined ? undefined : this.#bytes(head.readUInt16LE());
    return bytes === undefined ? undefined : byteString(bytes);
  }

  #bytes(length: number): Buffer | undefined {
    if (this.#rest.length - this.#at < length) {
      // What is read behind a field that is missing is nothing either.
      this.#at = this.#rest.length;
      return length === 0 ? Buffer.alloc(0) : undefined;
    }
    this.#at += length;
    return this.#rest.subarray(this.#at - length, this.#at);
  }
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

function damaged(problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_BUNDLE_INVALID", `Reading the state of a tree: ${problem}, expected a whole one`);
}
