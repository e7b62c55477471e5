/**
 * Layers read, changed as they pass, and written to a store: compressed in another way, or with other times and owners.
 * @module
 */
import { availableParallelism } from "node:os";
import type { Digest } from "@teu/spec/digest";
import { type Compression, formatLayerType, parseLayerType } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { mapLimit } from "@teu/std/limit";
import type { ByteSource } from "@teu/std/streams";
import {
  CHUNKED_COMPRESSION,
  type ChunkedFormat,
  chunkedFormatOf,
  writeChunkedLayer,
} from "../chunked/chunked-layer.ts";
import { type CompressOptions, compress } from "../compress.ts";
import { type DecompressOptions, decompress } from "../decompress.ts";
import type { ContentErrorCode } from "../errors.ts";
import { createHasher, hasherLike } from "../hash.ts";
import type { BlobIngester, BlobReader, CallOptions } from "../store.ts";
import { openVerified } from "../verified-read.ts";
import type { Image, ImageLayer } from "./image.ts";
import { historyOf, withLayers } from "./layer-edit.ts";

/** Where new layers go until the image is copied to its place. */
export type Scratch = BlobReader & BlobIngester;

/** How to write a layer. */
export interface LayerWriteOptions extends CallOptions {
  /** Default: as the layer was. */
  readonly compression?: Compression | undefined;
  /** As {@link CompressOptions.level} has it. */
  readonly level?: number | undefined;
  /** Bounds of what is read. */
  readonly decompress?: DecompressOptions | undefined;
}

/** How a converter writes a layer: compressed, perhaps so that parts of it can be read apart. */
export type LayerFormat = Compression | ChunkedFormat;

const LAYER_FORMATS: ReadonlySet<string> = new Set<LayerFormat>(["none", "gzip", "zstd", "zstd:chunked", "estargz"]);

/** Whether there is such a format. */
export function isLayerFormat(name: string): name is LayerFormat {
  return LAYER_FORMATS.has(name);
}

/** How to write several layers. */
export interface RewriteOptions extends LayerWriteOptions {
  /** Answers false for layers that are to stay as they are. Default: all are written. */
  readonly takes?: ((layer: ImageLayer, index: number) => boolean) | undefined;
  /** A form of the compression whose files can be fetched one by one. Default: none. */
  readonly chunked?: ChunkedFormat | undefined;
  /** How many layers at a time. Default: one for each processor. */
  readonly concurrency?: number | undefined;
}

/**
 * The image with its layers compressed in another way; those that are already stay as they are. Layers of other formats
 * than tar archives, and encrypted ones, stay too.
 * @throws TeuError `ERR_IMAGE_DIFF_ID` if a layer is not what the config says; what reading and decompressing throw.
 */
export async function recompressImage(
  image: Image,
  format: LayerFormat,
  scratch: Scratch,
  options: RewriteOptions = {},
): Promise<Image> {
  const { takes = () => true } = options;
  const chunked = isChunked(format) ? format : undefined;
  const compression = isChunked(format) ? CHUNKED_COMPRESSION[format] : format;
  const differs = ({ descriptor }: ImageLayer): boolean =>
    parseLayerType(descriptor.mediaType)?.compression !== compression ||
    (chunked !== undefined && chunkedFormatOf(descriptor) !== chunked);
  const both = (layer: ImageLayer, index: number): boolean => differs(layer) && takes(layer, index);
  return await rewriteLayers(image, (plain) => plain, scratch, { ...options, compression, chunked, takes: both });
}

function isChunked(format: LayerFormat): format is ChunkedFormat {
  return format in CHUNKED_COMPRESSION;
}

/**
 * The image with the plain content of its layers as `edit` makes it of what it was.
 * @throws TeuError as {@link recompressImage} does.
 */
export async function rewriteLayers(
  image: Image,
  edit: (plain: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
  scratch: Scratch,
  options: RewriteOptions = {},
): Promise<Image> {
  const { takes = () => true, concurrency = availableParallelism(), signal } = options;
  const isTaken = (layer: ImageLayer, index: number): boolean => canRewrite(layer) && takes(layer, index);
  if (!image.layers.some(isTaken)) return image;
  const rewrite = async ([index, layer]: [number, ImageLayer], inner: AbortSignal): Promise<ImageLayer> => {
    if (!isTaken(layer, index)) return layer;
    const write = { ...options, compression: options.compression ?? compressionOf(layer), signal: inner };
    const type = layerTypeOf(layer, write.compression);
    const plain = edit(openPlain(layer, write));
    const { chunked } = options;
    return chunked === undefined
      ? await writeLayer(plain, type, scratch, write)
      : await writeChunkedLayer(plain, chunked, type, { ...write, scratch });
  };
  const layers = await mapLimit(image.layers.entries(), rewrite, { concurrency, signal });
  return withLayers(image, layers, historyOf(image));
}

function canRewrite({ descriptor }: ImageLayer): boolean {
  const type = parseLayerType(descriptor.mediaType);
  return type !== undefined && type.base.format === "tar" && !type.encrypted;
}

function compressionOf({ descriptor }: ImageLayer): Compression {
  return parseLayerType(descriptor.mediaType)?.compression ?? "none";
}

function layerTypeOf({ descriptor }: ImageLayer, compression: Compression): string {
  const type = parseLayerType(descriptor.mediaType);
  return type === undefined ? descriptor.mediaType : formatLayerType({ ...type, compression });
}

/**
 * The plain content of a layer. The stream throws at its end if that is not what the config says.
 * @throws TeuError `ERR_IMAGE_DIFF_ID`; what {@link openVerified} and {@link decompress} throw.
 */
export async function* openPlain(
  layer: ImageLayer,
  options: LayerWriteOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const hasher = hasherLike(layer.diffId);
  const bytes = openVerified(layer.store, layer.descriptor, options);
  for await (const chunk of decompress(bytes, compressionOf(layer), {
    ...options.decompress,
    signal: options.signal,
  })) {
    hasher.update(chunk);
    yield chunk;
  }
  const actual = hasher.digest();
  if (actual === layer.diffId) return;
  const message = `Reading layer "${layer.descriptor.digest}": its plain content is ${actual}, expected ${layer.diffId}`;
  throw new TeuError<ContentErrorCode>("ERR_IMAGE_DIFF_ID", message, {
    detail: { descriptor: layer.descriptor, actual },
  });
}

/**
 * Writes a new layer from its plain content.
 * @param mediaType Of the compressed form, such as {@link formatLayerType} gives.
 */
export async function writeLayer(
  plain: ByteSource,
  mediaType: string,
  scratch: Scratch,
  options: LayerWriteOptions = {},
): Promise<ImageLayer> {
  const hasher = createHasher("sha256");
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of plain) {
      hasher.update(chunk);
      yield chunk;
    }
  };
  const compressing: CompressOptions = { level: options.level, signal: options.signal };
  const bytes = compress(hashed(), options.compression ?? "none", compressing);
  const descriptor = await scratch.ingest(bytes, { mediaType, signal: options.signal });
  const diffId: Digest = hasher.digest();
  return { descriptor, diffId, store: scratch };
}
