/**
 * New documents in front of a store: what a change makes, before anything is written. {@link copy} takes an overlay like
 * any other source.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { blobMissing } from "./internal/store-errors.ts";
import { digestBytes } from "./hash.ts";
import type { BlobReader, ByteStream, CallOptions, ReadOptions } from "./store.ts";
import { rangeOf } from "./verified-read.ts";

/** A graph of content: its root, and where the content is. */
export interface Graph {
  readonly root: Descriptor;
  readonly store: BlobReader;
}

/** Content in memory and what names it. */
export interface NamedContent {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** Names content by its digest; `like` gives the algorithm and what else the descriptor is to say. */
export function nameBytes(bytes: Uint8Array, like: Partial<Descriptor> & { readonly mediaType: string }): NamedContent {
  const { data: _, ...fields } = like;
  const algorithm = like.digest === undefined ? undefined : splitDigest(like.digest).algorithm;
  return { descriptor: { ...fields, digest: digestBytes(bytes, algorithm), size: bytes.length }, bytes };
}

/** A store that has `contents`, and what `base` has. */
export function overlay(contents: readonly NamedContent[], base: BlobReader): BlobReader {
  return contents.length === 0 ? base : new Overlay(contents, base);
}

class Overlay implements BlobReader {
  readonly #contents: ReadonlyMap<Digest, Uint8Array>;
  readonly #base: BlobReader;

  constructor(contents: readonly NamedContent[], base: BlobReader) {
    this.#contents = new Map(contents.map(({ descriptor, bytes }) => [descriptor.digest, bytes]));
    this.#base = base;
  }

  openUnverified(descriptor: Descriptor, options: ReadOptions = {}): ByteStream {
    const bytes = this.#find(descriptor);
    return bytes === undefined ? this.#base.openUnverified(descriptor, options) : readPart(bytes, descriptor, options);
  }

  async has(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return this.#find(descriptor) !== undefined || (await this.#base.has(descriptor, options));
  }

  #find({ digest, size }: Descriptor): Uint8Array | undefined {
    const bytes = this.#contents.get(digest);
    return bytes?.length === size ? bytes : undefined;
  }
}

async function* readPart(bytes: Uint8Array, descriptor: Descriptor, options: ReadOptions): AsyncGenerator<Uint8Array> {
  options.signal?.throwIfAborted();
  const { start, end } = rangeOf(descriptor, options);
  if (start < end) yield bytes.slice(start, end);
}

/** A store that has what any of `stores` has; the first that has some content gives it. */
export function union(stores: readonly BlobReader[]): BlobReader {
  const [first, ...others] = [...new Set(stores)];
  return first === undefined || others.length > 0 ? new Union([...new Set(stores)]) : first;
}

class Union implements BlobReader {
  readonly #stores: readonly BlobReader[];

  constructor(stores: readonly BlobReader[]) {
    this.#stores = stores;
  }

  async *openUnverified(descriptor: Descriptor, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const store = await this.#storeOf(descriptor, options);
    if (store === undefined) throw blobMissing(descriptor, "several stores");
    yield* store.openUnverified(descriptor, options);
  }

  async has(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    return (await this.#storeOf(descriptor, options)) !== undefined;
  }

  async #storeOf(descriptor: Descriptor, options: CallOptions): Promise<BlobReader | undefined> {
    for (const store of this.#stores) if (await store.has(descriptor, { signal: options.signal })) return store;
    return undefined;
  }
}
