/**
 * The digests of all contents of some layers, for comparing trees of different images.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { ImageLayer } from "@teu/content/mutate/image";
import type { TarEntry } from "@teu/tar/entry";
import { type LayerVisitor, type ReadLayersOptions, readLayers } from "../read-layers.ts";
import { LayerTree } from "../tree.ts";
import type { TreeFile, TreeNode } from "../tree-node.ts";

/** A tree whose contents are known by their digests. */
export interface HashedTree {
  readonly tree: LayerTree;
  /** sha256 of the content of each regular file; a hole counts as what it reads as. */
  readonly digests: ReadonlyMap<TreeFile, string>;
}

/** Reads `layers` into a tree and hashes every content on the way. */
export async function hashTree(layers: readonly ImageLayer[], options: ReadLayersOptions = {}): Promise<HashedTree> {
  const visitor = new HashingVisitor();
  await readLayers(layers, visitor, options);
  return visitor;
}

const ZEROS = new Uint8Array(64 * 1024);

/** Hashes content that may have holes. */
export class ContentHasher {
  readonly #hash: Hash = createHash("sha256");
  #end = 0;

  add(chunk: Uint8Array, offset: number): void {
    this.#zeros(offset);
    this.#hash.update(chunk);
    this.#end = offset + chunk.length;
  }

  /** The digest of `size` bytes, as hexadecimal digits. */
  finish(size: number): string {
    this.#zeros(size);
    return this.#hash.digest("hex");
  }

  #zeros(end: number): void {
    for (let left = end - this.#end; left > 0; left -= ZEROS.length) {
      this.#hash.update(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
    }
  }
}

class HashingVisitor implements LayerVisitor, HashedTree {
  readonly tree: LayerTree = new LayerTree();
  readonly digests: Map<TreeFile, string> = new Map();
  #node: TreeNode | undefined;
  #hasher = new ContentHasher();

  begin(layer: number): void {
    this.tree.beginLayer(layer);
  }

  entry(entry: TarEntry): boolean {
    this.#node = this.tree.add(entry);
    if (this.#node !== undefined) this.#hasher = new ContentHasher();
    return this.#node !== undefined;
  }

  data(chunk: Uint8Array, offset: number): void {
    this.#hasher.add(chunk, offset);
  }

  close(): void {
    if (this.#node !== undefined) this.digests.set(this.#node.file, this.#hasher.finish(this.#node.file.size));
    this.#node = undefined;
  }
}
