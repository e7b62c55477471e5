/**
 * A layer before it is made: what names its content, and how to get it. Two recipes of one key give the same bytes, so a
 * layer whose key is known need not be made to know its digest.
 * @module
 */
import { sha256 } from "./sha256.ts";

/** Something in a layer. Paths are relative to the root of the image. */
export type LayerEntry =
  | {
      readonly type: "file";
      readonly path: string;
      readonly mode: 0o644 | 0o755;
      readonly size: number;
      /** The digest that the content must have, in hex; nothing where the content is verified by who gives it. */
      readonly sha256?: string;
      /** Each piece stands until the next is asked for. */
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

const LINES_AT_ONCE = 1024;

/** A key from lines that say what is in a layer. */
export function keyOf(kind: string, lines: readonly string[]): string {
  const digest = sha256().update(`${FORMAT}\n${kind}\n`);
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE) {
    digest.update(`${lines.slice(at, at + LINES_AT_ONCE).join("\n")}\n`);
  }
  return digest.hex();
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Spreads names over so many buckets, the same each time. The hash is FNV-1a, for there may be many names. */
export function bucketOf(name: string, buckets: number): number {
  if (buckets === 1) return 0;
  let hash = FNV_OFFSET;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), FNV_PRIME);
  // The lowest bits of the hash mix least.
  return ((hash ^ (hash >>> 15)) >>> 0) % buckets;
}
