/**
 * Plain bytes compressed, the same each time: the same bytes and the same level give the same result on every machine with
 * the same libraries.
 * @module
 */
import { constants, createZstdCompress } from "node:zlib";
import type { Compression } from "@teu/spec/media-types";
import type { ByteSource } from "@teu/std/streams";
import { feed } from "./internal/feed.ts";
import { gzipBlocks } from "./internal/gzip-blocks.ts";
import type { CallOptions } from "./store.ts";

/** How to compress. */
export interface CompressOptions extends CallOptions {
  /** gzip: 1 to 9, default 6. zstd: 1 to 22, default 3. */
  readonly level?: number | undefined;
}

const CHUNK_BYTES = 256 * 1024;
const DEFAULT_GZIP_LEVEL = 6;
const DEFAULT_ZSTD_LEVEL = 3;

/**
 * Compresses `source`.
 * @throws RangeError if there is no such level; and whatever `source` throws, as it is.
 */
export async function* compress(
  source: ByteSource,
  compression: Compression,
  options: CompressOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  if (compression === "none") {
    yield* source;
    return;
  }
  if (compression === "gzip") {
    yield* gzip(source, options);
    return;
  }
  const encoder = zstdEncoder(options.level ?? DEFAULT_ZSTD_LEVEL);
  const feeding = feed(encoder, source);
  try {
    for await (const chunk of encoder as AsyncIterable<Uint8Array>) {
      options.signal?.throwIfAborted();
      yield chunk;
    }
  } finally {
    encoder.destroy();
    await feeding;
  }
}

async function* gzip(
  source: ByteSource,
  { level = DEFAULT_GZIP_LEVEL, signal }: CompressOptions,
): AsyncGenerator<Uint8Array> {
  if (!Number.isInteger(level) || level < 1 || level > 9) throw new RangeError(`gzip level ${level}, expected 1 to 9`);
  for await (const chunk of gzipBlocks(source, level)) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

function zstdEncoder(level: number): ReturnType<typeof createZstdCompress> {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
  return createZstdCompress({ params, chunkSize: CHUNK_BYTES });
}
