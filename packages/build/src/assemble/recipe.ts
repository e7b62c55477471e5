/**
 * A layer before it is made: what names its content, and how to get it. Two recipes of one key give the same bytes, so a
 * layer whose key is known need not be made to know its digest.
 * @module
 */
import { createHash } from "node:crypto";

/** Something in a layer. Paths are relative to the root of the image. */
export type LayerEntry =
  | {
      readonly type: "file";
      readonly path: string;
      readonly mode: 0o644 | 0o755;
      readonly size: number;
      /** The digest that the content must have, in hex; nothing where the content is verified by who gives it. */
      readonly sha256?: string;
      readonly content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
    }
  | { readonly type: "symlink"; readonly path: string; readonly target: string }
  | { readonly type: "directory"; readonly path: string };

/** A layer to be made. */
export interface LayerRecipe {
  /** For people: what is in it. */
  readonly title: string;
  /** Stands for all that its bytes depend on, in hex. */
  readonly key: string;
  /** The entries, each once. Folders on the way need not be given. May be asked for several times. */
  readonly entries: () => Iterable<LayerEntry> | AsyncIterable<LayerEntry>;
}

/** The version of how entries become bytes. A change of the bytes needs a new one. */
const FORMAT = "teu layer 1";

/** A key from lines that say what is in a layer. */
export function keyOf(kind: string, lines: Iterable<string>): string {
  const hash = createHash("sha256").update(`${FORMAT}\n${kind}\n`);
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest("hex");
}

/** Spreads names over so many buckets, the same each time. */
export function bucketOf(name: string, buckets: number): number {
  return buckets === 1 ? 0 : createHash("sha256").update(name).digest().readUInt32BE(0) % buckets;
}
