/**
 * Compressed content as plain bytes, bounded: a small archive must not become an endless stream.
 * @module
 */
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import type { Compression } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { adoptSlab, endSlab } from "@teu/std/slabs";
import type { ByteSource } from "@teu/std/streams";
import type { ContentErrorCode } from "./errors.ts";
import { feed } from "./internal/feed.ts";
import { cutZstdFrames } from "./internal/zstd-frames.ts";
import type { ByteStream, CallOptions } from "./store.ts";

/** Bounds of {@link decompress}. */
export interface DecompressOptions extends CallOptions {
  /** Most plain bytes. Default: 128 GiB. */
  readonly maxBytes?: number | undefined;
  /** Most plain bytes for each compressed one, looked at from 64 MiB on. Default: 5000; zstd reaches 3000 honestly. */
  readonly maxRatio?: number | undefined;
}

const DEFAULT_MAX_BYTES = 128 * 2 ** 30;
const DEFAULT_MAX_RATIO = 5000;
const RATIO_FREE_BYTES = 64 * 2 ** 20;
const CHUNK_BYTES = 1024 * 1024;
// Windows of more than 128 MiB ask for more memory than any layer is worth.
const MAX_ZSTD_WINDOW_LOG = 27;

/**
 * Decompresses `source`. Several gzip members or zstd frames in a row are one stream, as the formats say. Nothing is
 * read ahead of what is asked for but a few chunks. Chunks may be given back, and those of `source` are: see `slabs`.
 * @throws TeuError `ERR_COMPRESSION_INVALID` if the bytes are not what `compression` says or end early;
 * `ERR_COMPRESSION_LIMIT`; and whatever `source` throws, as it is.
 */
export async function* decompress(
  source: ByteSource,
  compression: Compression,
  options: DecompressOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const budget = new Budget(options);
  for await (const chunk of plain(budget.countIn(source), compression, options.signal)) {
    budget.addOut(chunk.length);
    yield chunk;
  }
}

function plain(source: ByteStream, compression: Compression, signal?: AbortSignal): ByteStream {
  if (compression === "none") return source;
  const decoder =
    compression === "gzip"
      ? createGunzip({ chunkSize: CHUNK_BYTES })
      : createZstdDecompress({
          chunkSize: CHUNK_BYTES,
          params: { [constants.ZSTD_d_windowLogMax]: MAX_ZSTD_WINDOW_LOG },
        });
  return decoded(source, decoder, compression, signal);
}

async function* decoded(
  source: ByteStream,
  decoder: ReturnType<typeof createGunzip>,
  compression: Compression,
  signal?: AbortSignal,
): ByteStream & AsyncGenerator<Uint8Array> {
  const feeding = feed(decoder, compression === "zstd" ? cutZstdFrames(source) : source);
  const output = new Output();
  try {
    for await (const chunk of decoder as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      output.add(chunk);
      yield chunk;
    }
  } catch (error) {
    decoder.destroy();
    const failure = await feeding;
    throw failure === undefined ? explained(error, compression) : failure.error;
  } finally {
    decoder.destroy();
    await feeding;
  }
}

/** The memory that a decoder hands out: some chunks, one behind the other, and when it is full fresh memory. */
class Output {
  #slab: Uint8Array | undefined;
  #handedOut = 0;

  add(chunk: Uint8Array): void {
    if (chunk.buffer !== this.#slab?.buffer) {
      if (this.#slab !== undefined) endSlab(this.#slab, this.#handedOut);
      // Chunks of another kind of memory share it with we do not know whom.
      this.#slab = chunk.buffer.byteLength === CHUNK_BYTES ? chunk : undefined;
      this.#handedOut = 0;
      if (this.#slab !== undefined) adoptSlab(this.#slab);
    }
    this.#handedOut += chunk.length;
  }
}

function explained(error: unknown, compression: Compression): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  if (!/^(Z_|ZSTD_|ERR_ZSTD)/.test(code)) return error;
  return new TeuError<ContentErrorCode>(
    "ERR_COMPRESSION_INVALID",
    `Decompressing ${compression}: ${(error as Error).message}`,
    { cause: error },
  );
}

/** Counts bytes on both sides and holds them to the bounds. */
class Budget {
  readonly #maxBytes: number;
  readonly #maxRatio: number;
  #in = 0;
  #out = 0;

  constructor({ maxBytes = DEFAULT_MAX_BYTES, maxRatio = DEFAULT_MAX_RATIO }: DecompressOptions) {
    this.#maxBytes = maxBytes;
    this.#maxRatio = maxRatio;
  }

  async *countIn(source: ByteSource): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#in += chunk.length;
      yield chunk;
    }
  }

  addOut(bytes: number): void {
    this.#out += bytes;
    if (this.#out > this.#maxBytes) throw limit(`more than ${this.#maxBytes} bytes`, `at most that many`);
    if (this.#out > RATIO_FREE_BYTES && this.#out > this.#in * this.#maxRatio) {
      throw limit(`${this.#out} bytes from ${this.#in}`, `at most ${this.#maxRatio} for each`);
    }
  }
}

function limit(actual: string, expected: string): TeuError<ContentErrorCode> {
  return new TeuError("ERR_COMPRESSION_LIMIT", `Decompressing: ${actual}, expected ${expected}`);
}
