/**
 * What is accepted from the layers of one image before they are given up. The reader of archives has limits of its own.
 * @module
 */

/** Bounds of a tree. */
export interface LayerLimits {
  /** Most entries of all layers together. */
  readonly maxEntries: number;
  /** Most bytes of content of all layers together, holes of sparse files included. */
  readonly maxContentBytes: number;
  /** Longest name, in bytes. */
  readonly maxNameBytes: number;
  /** Longest path from the root, in bytes. Linux takes 4095 with what is above the root. */
  readonly maxPathBytes: number;
  /** Most names on the way to a file. */
  readonly maxDepth: number;
  /** Most symbolic links followed on the way to one entry. */
  readonly maxLinks: number;
  /** Most bytes of the extended attributes of one entry. */
  readonly maxXattrBytes: number;
}

/** Room for every image met in practice: ten million entries, a terabyte. */
export const DEFAULT_LAYER_LIMITS: LayerLimits = {
  maxEntries: 10_000_000,
  maxContentBytes: 2 ** 40,
  maxNameBytes: 255,
  maxPathBytes: 3072,
  maxDepth: 1024,
  maxLinks: 40,
  maxXattrBytes: 256 * 1024,
};
