/**
 * The way along a path in a tree of layers: the one place where symbolic links of layers are followed.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { shown } from "./byte-path.ts";
import type { LayerErrorCode } from "./errors.ts";
import type { LayerLimits } from "./limits.ts";
import type { TreeNode } from "./tree-node.ts";

/** How to go along a path. */
export interface WalkOptions {
  /** Whether a symbolic link at the end is followed. */
  readonly followLast: boolean;
  /** Gives what stands where nothing is; without it, or where it gives nothing, the way ends there. */
  readonly onMissing?: ((parent: TreeNode, name: string, isLast: boolean) => TreeNode | undefined) | undefined;
}

/** The way along a path: symbolic links lead from the root of the tree, and `..` in them not above it. */
export class Walk {
  readonly #ahead: string[];
  readonly #root: TreeNode;
  readonly #limits: LayerLimits;
  #links = 0;

  constructor(names: readonly string[], root: TreeNode, limits: LayerLimits) {
    this.#ahead = names.toReversed();
    this.#root = root;
    this.#limits = limits;
  }

  /** Goes there. @throws TeuError `ERR_LAYER_LOOP` */
  run(options: WalkOptions): TreeNode | undefined {
    let node = this.#root;
    for (let name = this.#ahead.pop(); name !== undefined; name = this.#ahead.pop()) {
      // A name below a file: who makes directories has to be told what is in the way.
      if (node.children === undefined) return options.followLast && options.onMissing !== undefined ? node : undefined;
      if (name === "..") {
        node = node.parent ?? node;
        continue;
      }
      const next = node.children.get(name) ?? options.onMissing?.(node, name, this.#ahead.length === 0);
      if (next === undefined) return undefined;
      const follows = next.file.type === "symlink" && (this.#ahead.length > 0 || options.followLast);
      node = follows ? this.#follow(next) : next;
    }
    return node;
  }

  /** Where the way goes on behind a symbolic link. */
  #follow(link: TreeNode): TreeNode {
    this.#links += 1;
    if (this.#links > this.#limits.maxLinks) {
      const message = `Resolving "${shown(link.path)}": more than ${this.#limits.maxLinks} symbolic links`;
      throw new TeuError<LayerErrorCode>("ERR_LAYER_LOOP", message);
    }
    const { target } = link.file;
    const names = target.split("/").filter((name) => name !== "" && name !== ".");
    this.#ahead.push(...names.toReversed());
    return target.startsWith("/") ? this.#root : (link.parent ?? this.#root);
  }
}
