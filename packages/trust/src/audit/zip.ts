/**
 * Reads the files of a ZIP archive, as databases of advisories come in.
 * @see {@link https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT}
 * @module
 */
import { inflateRawSync } from "node:zlib";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";

/** A file of an archive. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 65_535;

/**
 * Lists the files of an archive. Encryption, ZIP64 and methods other than deflate are refused.
 * @param maxFileBytes Longest file, once it is unpacked.
 * @throws TeuError `ERR_DATABASE_INVALID`
 */
export function* readZip(archive: Uint8Array, maxFileBytes: number): Generator<ZipFile, void, undefined> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff) throw invalid("it is ZIP64");
  for (let number = 0; number < count; number += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) throw invalid("its directory is broken");
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const name = bytes.toString("utf8", at + 46, at + 46 + (nameLength ?? 0));
    if (!name.endsWith("/")) yield { name, bytes: unpack(bytes, at, maxFileBytes) };
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
}

function findEnd(bytes: Buffer): number {
  for (let at = bytes.length - END_BYTES; at >= Math.max(0, bytes.length - END_BYTES - MAX_COMMENT); at -= 1)
    if (bytes.readUInt32LE(at) === END) return at;
  throw invalid("it has no end");
}

function unpack(bytes: Buffer, entry: number, maxFileBytes: number): Uint8Array {
  const [flags, method] = [bytes.readUInt16LE(entry + 8), bytes.readUInt16LE(entry + 10)];
  const [packed, size] = [bytes.readUInt32LE(entry + 20), bytes.readUInt32LE(entry + 24)];
  const local = bytes.readUInt32LE(entry + 42);
  if ((flags & 1) !== 0 || (method !== 0 && method !== 8)) throw invalid("a file is encrypted or packed otherwise");
  if (size > maxFileBytes) throw invalid(`a file has ${size} bytes, at most ${maxFileBytes} are read`);
  if (local + 30 > bytes.length || bytes.readUInt32LE(local) !== LOCAL) throw invalid("a file is broken");
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const content = bytes.subarray(start, start + packed);
  if (content.length !== packed) throw invalid("a file is cut off");
  if (method === 0) return content;
  try {
    return inflateRawSync(content, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    throw invalid("a file cannot be unpacked", error);
  }
}

function invalid(problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  return new TeuError("ERR_DATABASE_INVALID", `Reading a ZIP archive: ${problem}`, { cause });
}
