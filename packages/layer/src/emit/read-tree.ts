/**
 * The tree of an image without its content: what listings and searches need.
 * @module
 */
import type { ImageLayer } from "@teu/content/mutate/image";
import type { TarEntry } from "@teu/tar/entry";
import { type LayerVisitor, type ReadLayersOptions, readLayers } from "../read-layers.ts";
import { LayerTree, type TreeOptions } from "../tree.ts";

/** How to read a tree. */
export interface ReadTreeOptions extends ReadLayersOptions, Pick<TreeOptions, "limits" | "isRange" | "below"> {
  /** The number of the first layer in the tree. Default: 0. */
  readonly firstLayer?: number | undefined;
}

/**
 * Reads `layers` into a tree.
 * @throws TeuError `ERR_LAYER_…`; what reading the layers throws
 */
export async function readTree(layers: readonly ImageLayer[], options: ReadTreeOptions = {}): Promise<LayerTree> {
  const visitor = new TreeVisitor(options);
  await readLayers(layers, visitor, options);
  return visitor.tree;
}

class TreeVisitor implements LayerVisitor {
  readonly tree: LayerTree;

  readonly #first: number;

  constructor(options: ReadTreeOptions) {
    this.tree = new LayerTree(options);
    this.#first = options.firstLayer ?? 0;
  }

  begin(layer: number): void {
    this.tree.beginLayer(this.#first + layer);
  }

  entry(entry: TarEntry): boolean {
    this.tree.add(entry);
    return false;
  }

  data(): void {}

  close(): void {}
}
