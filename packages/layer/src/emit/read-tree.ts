/**
 * The tree of an image without its content: what listings and searches need.
 * @module
 */
import type { ImageLayer } from "@teu/content/mutate/image";
import type { TarEntry } from "@teu/tar/entry";
import { type LayerVisitor, type ReadLayersOptions, readLayers } from "../read-layers.ts";
import { LayerTree, type TreeOptions } from "../tree.ts";

/** How to read a tree. */
export interface ReadTreeOptions extends ReadLayersOptions, Pick<TreeOptions, "limits" | "isRange"> {}

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

  constructor(options: TreeOptions) {
    this.tree = new LayerTree(options);
  }

  begin(layer: number): void {
    this.tree.beginLayer(layer);
  }

  entry(entry: TarEntry): boolean {
    this.tree.add(entry);
    return false;
  }

  data(): void {}

  close(): void {}
}
