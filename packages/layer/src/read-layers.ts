/**
 * The layers of an image read once, base first, entry by entry, into a tree and whatever else wants to see them. Every
 * byte is verified: the stored form against its descriptor, the plain form against its DiffID.
 * @module
 */
import type { Image, ImageLayer } from "@teu/content/mutate/image";
import { openPlain } from "@teu/content/mutate/rewrite-layers";
import type { DecompressOptions } from "@teu/content/decompress";
import { parseLayerType } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { giveBack } from "@teu/std/slabs";
import type { TarEntry } from "@teu/tar/entry";
import type { TarLimits } from "@teu/tar/limits";
import { TarParser } from "@teu/tar/parser";
import type { LayerErrorCode } from "./errors.ts";

/** Sees the entries of layers as they come. */
export interface LayerVisitor {
  /** A layer begins. */
  begin(layer: number): void;
  /** An entry begins. Answers whether its content is wanted. */
  entry(entry: TarEntry): boolean;
  /** Content of the entry; `chunk` stays as it is until this returns, or until {@link release} where there is one. */
  data(chunk: Uint8Array, offset: number): void;
  /** The entry whose content was wanted is complete. */
  close(): void;
  /** Takes `memory`, which holds all content seen since the last call, to give it back when none of it is needed any more. */
  release?(memory: Uint8Array): void;
  /** Waits until the visitor can take more. */
  drain?(): Promise<unknown>;
}

/** How layers are read. */
export interface ReadLayersOptions {
  readonly signal?: AbortSignal | undefined;
  readonly decompress?: DecompressOptions | undefined;
  readonly tar?: Partial<TarLimits> | undefined;
  /** Told the bytes of the stored layers that have been read, once for each layer. */
  readonly onLayer?: ((layer: number) => void) | undefined;
}

/**
 * Reads `layers` in order.
 * @throws TeuError `ERR_LAYER_TYPE` for a layer that is no tar archive; what reading, decompressing and the visitor throw
 */
export async function readLayers(
  layers: readonly ImageLayer[],
  visitor: LayerVisitor,
  options: ReadLayersOptions = {},
): Promise<void> {
  for (const layer of layers) checkType(layer);
  for (const [index, layer] of layers.entries()) {
    visitor.begin(index);
    await readLayer(layer, visitor, options);
    options.onLayer?.(index);
  }
}

/** {@link readLayers} for all layers of an image. */
export async function readImage(image: Image, visitor: LayerVisitor, options: ReadLayersOptions = {}): Promise<void> {
  await readLayers(image.layers, visitor, options);
}

function checkType({ descriptor }: ImageLayer): void {
  const type = parseLayerType(descriptor.mediaType);
  if (type?.base.format === "tar" && !type.encrypted) return;
  const message = `Reading layer "${descriptor.digest}": media type "${descriptor.mediaType}", expected a tar archive`;
  throw new TeuError<LayerErrorCode>("ERR_LAYER_TYPE", message, {
    detail: { descriptor },
    ...(type?.encrypted === true ? { hint: "It is encrypted: give --decryption-key KEY" } : {}),
  });
}

async function readLayer(layer: ImageLayer, visitor: LayerVisitor, options: ReadLayersOptions): Promise<void> {
  const { signal, decompress, tar = {} } = options;
  // As Go's archive/tar has it, with which layers are made.
  const parser = new TarParser({ globalPax: "ignore", limits: tar });
  for await (const chunk of openPlain(layer, { signal, decompress })) {
    signal?.throwIfAborted();
    parser.push(chunk);
    visit(parser, visitor);
    if (visitor.release === undefined) giveBack(chunk);
    else visitor.release(chunk);
    await visitor.drain?.();
  }
  parser.end();
  visit(parser, visitor);
}

/** Passes on what can be read from what was pushed. */
function visit(parser: TarParser, visitor: LayerVisitor): void {
  for (let event = parser.next(); event !== "need" && event !== "done"; event = parser.next()) {
    if (event === "entry") {
      if (!visitor.entry(parser.entry)) parser.skip();
    } else if (event === "data") visitor.data(parser.data, parser.dataOffset);
    else if (event === "close") visitor.close();
  }
}
