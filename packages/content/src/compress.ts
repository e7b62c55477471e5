/**
 * Plain bytes compressed, the same each time: the same bytes and the same level give the same result on every machine with
 * the same libraries.
 * @module
 */
import { constants, createGzip, createZstdCompress } from "node:zlib";
import type { Compression } from "@teu/spec/media-types";
import type { ByteSource } from "@teu/std/streams";
import { feed } from "./internal/feed.ts";
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
  const encoder = encoderOf(compression, options.level);
  const feeding = feed(encoder, source);
  let isFirst = compression === "gzip";
  try {
    for await (const chunk of encoder as AsyncIterable<Uint8Array>) {
      options.signal?.throwIfAborted();
      yield isFirst ? withoutSystem(chunk) : chunk;
      isFirst = false;
    }
  } finally {
    encoder.destroy();
    await feeding;
  }
}

function encoderOf(
  compression: Exclude<Compression, "none">,
  level: number | undefined,
): ReturnType<typeof createGzip> | ReturnType<typeof createZstdCompress> {
  if (compression === "gzip") return createGzip({ level: level ?? DEFAULT_GZIP_LEVEL, chunkSize: CHUNK_BYTES });
  const params = { [constants.ZSTD_c_compressionLevel]: level ?? DEFAULT_ZSTD_LEVEL };
  return createZstdCompress({ params: { ...params, [constants.ZSTD_c_checksumFlag]: 1 }, chunkSize: CHUNK_BYTES });
}

// RFC 1952: the tenth byte names the operating system; 255 is unknown.
const SYSTEM_AT = 9;

function withoutSystem(head: Uint8Array): Uint8Array {
  head[SYSTEM_AT] = 255;
  return head;
}
