/**
 * Layers in forms whose files can be fetched one by one: zstd:chunked and eStargz. To everyone else they are layers of zstd
 * and of gzip.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Compression } from "@teu/spec/media-types";
import type { ByteSource } from "@teu/std/streams";
import { createHasher } from "../hash.ts";
import type { ImageLayer } from "../mutate/image.ts";
import type { LayerWriteOptions, Scratch } from "../mutate/rewrite-layers.ts";
import { estargz } from "./estargz.ts";
import { type LayerAnnotations, zstdChunked } from "./zstd-chunked.ts";

/** A form that has a table of contents. */
export type ChunkedFormat = "zstd:chunked" | "estargz";

/** How a layer of such a form is compressed. */
export const CHUNKED_COMPRESSION: Readonly<Record<ChunkedFormat, Compression>> = {
  "zstd:chunked": "zstd",
  estargz: "gzip",
};

const MARKS: Readonly<Record<ChunkedFormat, string>> = {
  "zstd:chunked": "io.github.containers.zstd-chunked.manifest-checksum",
  estargz: "containerd.io/snapshot/stargz/toc.digest",
};

/** The form that the annotations of a layer say it has; nothing for an ordinary layer. */
export function chunkedFormatOf({ annotations = {} }: Descriptor): ChunkedFormat | undefined {
  return (["zstd:chunked", "estargz"] as const).find((format) => annotations[MARKS[format]] !== undefined);
}

/**
 * Writes a new layer of this form. Of zstd:chunked the plain content stays as it is; eStargz adds two files to it.
 * @param mediaType Of the compressed form.
 * @throws TeuError `ERR_IMAGE_INVALID` for an entry that a table of contents cannot tell of
 */
export async function writeChunkedLayer(
  plain: ByteSource,
  format: ChunkedFormat,
  mediaType: string,
  { scratch, ...options }: LayerWriteOptions & { readonly scratch: Scratch },
): Promise<ImageLayer> {
  const hasher = createHasher("sha256");
  const onPlain = (bytes: Uint8Array): void => hasher.update(bytes);
  const chunks =
    format === "estargz"
      ? estargz(streamOf(plain), { ...options, onPlain })
      : zstdChunked(tapped(plain, onPlain), options);
  let annotations: LayerAnnotations = {};
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    annotations = yield* chunks;
  };
  const descriptor = await scratch.ingest(bytes(), { mediaType, signal: options.signal });
  return { descriptor: { ...descriptor, annotations }, diffId: hasher.digest(), store: scratch };
}

async function* streamOf(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  yield* source;
}

async function* tapped(
  source: ByteSource,
  onBytes: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    onBytes(chunk);
    yield chunk;
  }
}
