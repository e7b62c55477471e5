/**
 * Files that content is appended to: by chunks, or in the quickest way that its stream knows.
 * @module
 */
import type { ByteStream } from "./store.ts";

/** An open file that content is appended to, and that is hashed as it grows. */
export interface GrowingFile {
  readonly fd: number;
  /** Offset behind its last byte. */
  readonly size: number;
  /** What it has failed with, if it has. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Appends a chunk, whose memory belongs to the file from then on. */
  append(chunk: Uint8Array): Promise<void>;
  /**
   * Lets a thread of the program append and hash instead, which `write` starts; it throws what the file fails with, and
   * nothing else. Answers false, and does nothing, where threads do not know hashes, as in Node.
   * @param write Gets the number of the hash. Calls {@link grown} as the thread goes on.
   */
  appendBeside(write: (hash: number) => Promise<void>): Promise<boolean>;
  /** Says that a thread has written up to this offset. */
  grown(size: number): void;
}

/** Appends a stream to a file, in the quickest way that it knows. Throws what both fail with. */
export async function appendTo(
  file: GrowingFile,
  stream: ByteStream,
  onBytes?: (bytes: number) => void,
): Promise<void> {
  if (stream.intoFile !== undefined) return await stream.intoFile(file, onBytes);
  for await (const chunk of stream) {
    await file.append(chunk);
    onBytes?.(chunk.length);
  }
}

/** How a source goes into a file by itself, if it can. */
export function intoFileOf(source: ByteStream | Iterable<Uint8Array>): ByteStream["intoFile"] {
  return "intoFile" in source ? source.intoFile?.bind(source) : undefined;
}
