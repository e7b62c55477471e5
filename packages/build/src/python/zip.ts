/**
 * Reads zip archives such as wheels: by their directory, one file at a time, each held against its checksum.
 * @see {@link https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT}
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { crc32, createInflateRaw } from "node:zlib";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";

/** A file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** As Unix has it; 0 where the archive does not say. */
  readonly mode: number;
  /** Size in bytes. */
  readonly size: number;
  readonly packedBytes: number;
  readonly isDeflated: boolean;
  readonly crc: number;
  readonly offset: number;
}

const END_MAGIC = 0x06054b50;
const ENTRY_MAGIC = 0x02014b50;
const LOCAL_MAGIC = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 0xffff;
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
const MAX_RATIO = 1100;
const CHUNK_BYTES = 256 * 1024;
const UNIX = 3;
const FLAG_ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

/** An archive that is open until it is disposed of. */
export class ZipFile implements AsyncDisposable {
  readonly entries: readonly ZipEntry[];
  readonly #file: FileHandle;
  readonly #what: string;

  private constructor(file: FileHandle, entries: readonly ZipEntry[], what: string) {
    this.#file = file;
    this.entries = entries;
    this.#what = what;
  }

  /** Opens an archive. @param what For messages. @throws TeuError `ERR_PACKAGE_INVALID` */
  static async open(path: string, what: string): Promise<ZipFile> {
    const file = await open(path);
    try {
      return new ZipFile(file, await readDirectory(file, what), what);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The content of a file. @throws TeuError `ERR_PACKAGE_INVALID` at its end if it is not what the directory says. */
  async *content(entry: ZipEntry): AsyncGenerator<Uint8Array> {
    const bad = (why: string, cause?: unknown): TeuError<BuildErrorCode> =>
      invalid(this.#what, `"${entry.name}" ${why}`, cause);
    const head = await readAt(this.#file, entry.offset, LOCAL_BYTES);
    if (head?.readUInt32LE(0) !== LOCAL_MAGIC) throw bad("is not where the directory says");
    const start = entry.offset + LOCAL_BYTES + head.readUInt16LE(26) + head.readUInt16LE(28);
    const packed = this.#packed(start, entry.packedBytes);
    let sum = 0;
    let size = 0;
    try {
      for await (const chunk of entry.isDeflated ? inflated(packed) : packed) {
        size += chunk.length;
        if (size > entry.size) throw bad(`has more than ${entry.size} bytes`);
        sum = crc32(chunk, sum);
        yield chunk;
      }
    } catch (error) {
      throw error instanceof TeuError ? error : bad("cannot be decompressed", error);
    }
    if (size !== entry.size || sum !== entry.crc) throw bad("does not have its checksum");
  }

  async *#packed(start: number, length: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < length; at += CHUNK_BYTES) {
      const chunk = await readAt(this.#file, start + at, Math.min(CHUNK_BYTES, length - at));
      if (chunk === undefined) throw invalid(this.#what, "it ends early");
      yield chunk;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

async function* inflated(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Readable } = await import("node:stream");
  const source = Readable.from(packed);
  const inflate = createInflateRaw();
  source.on("error", (error) => inflate.destroy(error));
  yield* source.pipe(inflate) as AsyncIterable<Uint8Array>;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return bytesRead === length ? buffer : undefined;
}

async function readDirectory(file: FileHandle, what: string): Promise<readonly ZipEntry[]> {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = await readAt(file, size - tailBytes, tailBytes);
  const at = endOf(tail);
  if (tail === undefined || at < 0) throw invalid(what, "it is no zip archive");
  const length = tail.readUInt32LE(at + 12);
  const start = tail.readUInt32LE(at + 16);
  if (start + length > size || length > MAX_DIRECTORY_BYTES) throw invalid(what, "its directory is not within it");
  const directory = await readAt(file, start, length);
  if (directory === undefined) throw invalid(what, "its directory is not within it");
  return readEntries(directory, tail.readUInt16LE(at + 10), what);
}

function endOf(tail: Buffer | undefined): number {
  for (let at = (tail?.length ?? 0) - END_BYTES; at >= 0; at -= 1) if (tail?.readUInt32LE(at) === END_MAGIC) return at;
  return -1;
}

function readEntries(directory: Buffer, count: number, what: string): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== ENTRY_MAGIC)
      throw invalid(what, "its directory is damaged");
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const name = directory.toString("utf8", at + ENTRY_BYTES, at + ENTRY_BYTES + (nameBytes ?? 0));
    entries.push(readEntry(directory.subarray(at, at + ENTRY_BYTES), name, what));
    at += ENTRY_BYTES + (nameBytes ?? 0) + (extraBytes ?? 0) + (commentBytes ?? 0);
  }
  return entries;
}

function readEntry(head: Buffer, name: string, what: string): ZipEntry {
  const method = head.readUInt16LE(10);
  const [crc = 0, packedBytes = 0, size = 0] = [16, 20, 24].map((field) => head.readUInt32LE(field));
  if ((head.readUInt16LE(8) & FLAG_ENCRYPTED) !== 0) throw invalid(what, `"${name}" is encrypted`);
  if (method !== STORED && method !== DEFLATED) throw invalid(what, `"${name}" is compressed by method ${method}`);
  if (size === 0xffffffff || packedBytes === 0xffffffff) throw invalid(what, `"${name}" is larger than 4 GiB`);
  if (size > packedBytes * MAX_RATIO + MAX_RATIO) throw invalid(what, `"${name}" claims to be larger than it can be`);
  const mode = head.readUInt16LE(4) >>> 8 === UNIX ? head.readUInt32LE(38) >>> 16 : 0;
  return { name, mode, size, packedBytes, isDeflated: method === DEFLATED, crc, offset: head.readUInt32LE(42) };
}

function invalid(what: string, why: string, cause?: unknown): TeuError<BuildErrorCode> {
  return new TeuError("ERR_PACKAGE_INVALID", `Reading ${what}: ${why}`, cause === undefined ? {} : { cause });
}
