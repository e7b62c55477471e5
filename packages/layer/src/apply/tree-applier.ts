/**
 * Layers to a directory in one pass: entries go into the tree, and what changes there to the file system.
 * @module
 */
import type { TarEntry } from "@teu/tar/entry";
import type { LayerLimits } from "../limits.ts";
import type { LayerVisitor } from "../read-layers.ts";
import { type FilesBelow, LayerTree } from "../tree.ts";
import type { TreeNode } from "../tree-node.ts";
import { Applier, type Omissions } from "./applier.ts";
import type { TreeOps } from "./ops.ts";
import type { OverlayMarks } from "./overlay-marks.ts";
import type { ApplyPolicy } from "./policy.ts";

/** What else a {@link TreeApplier} may be told. */
export interface TreeApplierOptions {
  readonly limits?: Partial<LayerLimits> | undefined;
  /** The layers lie over others that are not made here: what they hide is marked, and may be asked for. */
  readonly overlay?: { readonly marks: OverlayMarks; readonly below?: FilesBelow | undefined } | undefined;
}

/** Takes in layers and makes them through `ops`. */
export class TreeApplier implements LayerVisitor {
  readonly tree: LayerTree;
  readonly #ops: TreeOps;
  readonly #applier: Applier;
  #file: TreeNode | undefined;

  constructor(ops: TreeOps, policy: ApplyPolicy, options: TreeApplierOptions = {}) {
    const { limits, overlay } = options;
    this.#ops = ops;
    this.#applier = new Applier(ops, policy, overlay?.marks);
    const range = overlay === undefined ? {} : { isRange: true, below: overlay.below };
    this.tree = new LayerTree({ changes: this.#applier, limits, ...range });
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

  release(memory: Uint8Array): void {
    this.#ops.release(memory);
  }

  drain(): Promise<unknown> {
    return this.#ops.drain();
  }

  /** Sets the attributes of directories and waits for the end. @returns What was left out */
  finish(): Promise<Omissions> {
    return this.#applier.finish(this.tree.root);
  }
}
