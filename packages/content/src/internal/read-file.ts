/**
 * Parts of files as streams, one chunk ahead of the reader.
 * @module
 */
import { endSlab, takeSlab } from "@teu/std/slabs";
import type { ByteRange } from "../verified-read.ts";

/** What reads from any place of a file, as Node's `FileHandle` does. */
export interface FileReader {
  /** Reads into `memory` from `offset` on, at most `length` bytes. */
  read(memory: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

// Large enough for the cost of a call not to show beside that of hashing.
const CHUNK_BYTES = 2 * 1024 * 1024;

/** Reads the bytes of `range`; ends early where the file does. Every chunk has memory of its own. */
export async function* readFileRange(
  file: FileReader,
  range: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = range.start;
  let ahead = readChunk(file, at, range.end);
  try {
    for (let chunk = await ahead; chunk.length > 0; chunk = await ahead) {
      signal?.throwIfAborted();
      at += chunk.length;
      ahead = readChunk(file, at, range.end);
      yield chunk;
    }
  } finally {
    // The file may be closed only when nothing reads it any more.
    await ahead.catch(() => {});
  }
}

async function readChunk(file: FileReader, position: number, end: number): Promise<Uint8Array> {
  const length = Math.min(CHUNK_BYTES, end - position);
  if (length <= 0) return new Uint8Array(0);
  // Small files do not need all of it.
  const slab = length < CHUNK_BYTES ? new Uint8Array(length) : takeSlab(CHUNK_BYTES);
  const { bytesRead } = await file.read(slab, 0, length, position);
  endSlab(slab, bytesRead);
  return slab.subarray(0, bytesRead);
}

/** Reads a whole file of at most `maxBytes`; nothing if it is longer. */
export async function readWhole(file: FileReader, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of readFileRange(file, { start: 0, end: maxBytes + 1 })) {
    chunks.push(chunk);
    total += chunk.length;
  }
  return total > maxBytes ? undefined : Buffer.concat(chunks);
}
