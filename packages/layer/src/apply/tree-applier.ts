/**
 * Layers to a directory in one pass: entries go into the tree, and what changes there to the file system.
 * @module
 */
import type { TarEntry } from "@teu/tar/entry";
import type { LayerLimits } from "../limits.ts";
import type { LayerVisitor } from "../read-layers.ts";
import { LayerTree } from "../tree.ts";
import type { TreeNode } from "../tree-node.ts";
import { Applier, type Omissions } from "./applier.ts";
import type { TreeOps } from "./ops.ts";
import type { ApplyPolicy } from "./policy.ts";

/** Takes in layers and makes them through `ops`. */
export class TreeApplier implements LayerVisitor {
  readonly tree: LayerTree;
  readonly #ops: TreeOps;
  readonly #applier: Applier;
  #file: TreeNode | undefined;

  constructor(ops: TreeOps, policy: ApplyPolicy, limits?: Partial<LayerLimits>) {
    this.#ops = ops;
    this.#applier = new Applier(ops, policy);
    this.tree = new LayerTree({ changes: this.#applier, limits });
  }

  begin(layer: number): void {
    this.tree.beginLayer(layer);
  }

  entry(entry: TarEntry): boolean {
    this.#file = this.tree.add(entry);
    return this.#file !== undefined;
  }

  data(chunk: Uint8Array, offset: number): void {
    this.#ops.write(chunk, offset);
  }

  close(): void {
    if (this.#file !== undefined) this.#applier.closeFile(this.#file);
    this.#file = undefined;
  }

  drain(): Promise<unknown> {
    return this.#ops.drain();
  }

  /** Sets the attributes of directories and waits for the end. @returns What was left out */
  finish(): Promise<Omissions> {
    return this.#applier.finish(this.tree.root);
  }
}
