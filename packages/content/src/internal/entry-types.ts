/**
 * The types of entries that layers have. Archives have more, for purposes of their own.
 * @module
 */

/** Types of the tar reader that a layer may have, and that are written again. */
export const LAYER_ENTRY_TYPES: ReadonlySet<string> = new Set([
  "file",
  "hard-link",
  "symlink",
  "character-device",
  "block-device",
  "directory",
  "fifo",
]);
