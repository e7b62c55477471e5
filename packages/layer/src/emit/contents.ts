/**
 * Contents of files of a tree, read from the layers that they are in, in the order in which they lie there.
 * @module
 */
import type { ImageLayer } from "@teu/content/mutate/image";
import { openPlain } from "@teu/content/mutate/rewrite-layers";
import { TarParser } from "@teu/tar/parser";
import type { ReadLayersOptions } from "../read-layers.ts";
import type { TreeFile } from "../tree-node.ts";

/** A piece of a file's content. The pieces of a file come in a row. */
export interface ContentPiece {
  readonly file: TreeFile;
  /** Where it belongs in the file; between pieces there are zeros. */
  readonly offset: number;
  readonly chunk: Uint8Array;
  /** Whether the file is complete with it; such a piece is empty. */
  readonly isEnd: boolean;
}

/**
 * Reads the contents of `files`, which are regular files of one tree. A layer is read no further than the last
 * of its files, and so is verified only where it is read to its end.
 * @throws TeuError what reading the layers throws
 */
export async function* readContents(
  layers: readonly ImageLayer[],
  files: Iterable<TreeFile>,
  options: ReadLayersOptions = {},
): AsyncGenerator<ContentPiece, void, undefined> {
  const byLayer = layers.map(() => new Map<number, TreeFile>());
  for (const file of files) byLayer[file.layer]?.set(file.offset, file);
  for (const [index, layer] of layers.entries()) {
    const wanted = byLayer[index];
    if (wanted !== undefined && wanted.size > 0) yield* readLayerContents(layer, wanted, options);
  }
}

const NO_BYTES = new Uint8Array(0);

async function* readLayerContents(
  layer: ImageLayer,
  wanted: ReadonlyMap<number, TreeFile>,
  { signal, decompress, tar = {} }: ReadLayersOptions,
): AsyncGenerator<ContentPiece, void, undefined> {
  const parser = new TarParser({ globalPax: "ignore", limits: tar });
  let file: TreeFile | undefined;
  let found = 0;
  for await (const chunk of openPlain(layer, { signal, decompress })) {
    parser.push(chunk);
    for (let event = parser.next(); event !== "need"; event = parser.next()) {
      if (event === "entry") {
        file = wanted.get(parser.entry.offsets.header);
        if (file === undefined) parser.skip();
      } else if (file !== undefined && event === "data") {
        yield { file, offset: parser.dataOffset, chunk: parser.data, isEnd: false };
      } else if (file !== undefined && event === "close") {
        yield { file, offset: file.size, chunk: NO_BYTES, isEnd: true };
        file = undefined;
        found += 1;
        if (found === wanted.size) return;
      }
    }
  }
}
