/**
 * Streams of bytes: collected, bounded, counted and cut anew. A stream is any iterable of chunks. It is read once, never
 * ahead of what is asked for, and closed when its reader leaves early.
 * @module
 */
import { concatBytes } from "./bytes.ts";
import { TeuError } from "./error.ts";
import type { StdErrorCode } from "./errors.ts";

/** Chunks of bytes, asynchronous or at hand. A chunk belongs to its reader once given. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** How much to read, and of what. */
export interface ByteLimit {
  readonly maxBytes: number;
  /** What is read, for messages, with its article or in quotes. Default: `a stream`. */
  readonly what?: string;
}

/** Bounds of {@link collect}. */
export interface CollectOptions extends ByteLimit {
  /** Checked before each chunk; a source that waits for its next chunk has to watch it itself. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the whole of `source` into memory of its own.
 * @throws TeuError `ERR_TOO_LARGE` as soon as there are more than `maxBytes`.
 */
export async function collect(source: ByteSource, options: CollectOptions): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  options.signal?.throwIfAborted();
  for await (const chunk of limitBytes(source, options)) {
    options.signal?.throwIfAborted();
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

/**
 * Passes the chunks of `source` on while they amount to at most `maxBytes`; of the chunk that passes it, nothing.
 * @throws TeuError `ERR_TOO_LARGE` instead of that chunk.
 */
export async function* limitBytes(source: ByteSource, limit: ByteLimit): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    if (total > limit.maxBytes) throw tooLarge(limit);
    yield chunk;
  }
}

function tooLarge({ what = "a stream", maxBytes }: ByteLimit): TeuError<StdErrorCode> {
  const message = `Reading ${what}: more than ${maxBytes} bytes, expected at most that many`;
  return new TeuError("ERR_TOO_LARGE", message, { detail: { maxBytes } });
}

/** Passes the chunks of `source` on and tells `onBytes` the number of bytes so far, before each chunk goes out. */
export async function* countBytes(
  source: ByteSource,
  onBytes: (totalBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    onBytes(total);
    yield chunk;
  }
}

/**
 * Cuts `source` anew into chunks of exactly `chunkBytes`, the last one shorter if need be; an empty source gives none.
 * A chunk may share memory with a longer one of the source.
 */
export async function* rechunk(source: ByteSource, chunkBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  if (!Number.isSafeInteger(chunkBytes) || chunkBytes < 1) {
    throw new RangeError(`chunkBytes: ${chunkBytes}, expected a whole number above zero`);
  }
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (waitingBytes + rest.length >= chunkBytes) {
      const head = rest.subarray(0, chunkBytes - waitingBytes);
      rest = rest.subarray(head.length);
      yield waitingBytes === 0 ? head : concatBytes([...waiting, head]);
      waiting = [];
      waitingBytes = 0;
    }
    if (rest.length > 0) waiting.push(rest);
    waitingBytes += rest.length;
  }
  if (waitingBytes > 0) yield concatBytes(waiting);
}
