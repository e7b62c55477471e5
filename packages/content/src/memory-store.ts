/**
 * A store in memory, for tests, for documents that are about to be written elsewhere, and as the model of the others.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { TeuError } from "@teu/std/error";
import { type ByteSource, collect } from "@teu/std/streams";
import type { ContentErrorCode } from "./errors.ts";
import { digestBytes, isContentName } from "./hash.ts";
import { hasLinks } from "./links.ts";
import { blobMissing, invalidTag } from "./internal/store-errors.ts";
import { referrersAmong } from "./referrers.ts";
import type {
  BlobDeleter,
  BlobEntry,
  BlobIngester,
  BlobLister,
  CallOptions,
  IngestOptions,
  ReadOptions,
  ReferrerLister,
  ReferrerOptions,
  Source,
  TagRemover,
  Target,
} from "./store.ts";
import { rangeOf, verify } from "./verified-read.ts";

/** Bounds of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /** Most bytes of content in all. Default: 256 MiB. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** Content and tags, kept until the store is forgotten. */
export class MemoryStore implements Source, Target, BlobIngester, BlobDeleter, BlobLister, TagRemover, ReferrerLister {
  readonly #maxBytes: number;
  readonly #blobs = new Map<Digest, Blob>();
  readonly #tags = new Map<string, Descriptor>();
  #bytes = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  async *openUnverified(descriptor: Descriptor, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const { start, end } = rangeOf(descriptor, options);
    const blob = this.#find(descriptor);
    if (blob === undefined) throw blobMissing(descriptor, "memory");
    for (let at = start; at < end; at += CHUNK_BYTES) {
      options.signal?.throwIfAborted();
      yield blob.bytes.slice(at, Math.min(at + CHUNK_BYTES, end));
    }
  }

  async has(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return this.#find(descriptor) !== undefined;
  }

  #find(descriptor: Descriptor): Blob | undefined {
    const blob = this.#blobs.get(descriptor.digest);
    return blob?.bytes.length === descriptor.size ? blob : undefined;
  }

  async put(descriptor: Descriptor, source: ByteSource, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.#find(descriptor) !== undefined) return;
    const limits = { maxBytes: this.#room(descriptor.size), signal: options.signal };
    this.#add(descriptor, await collect(verify(source, descriptor), limits));
  }

  async ingest(source: ByteSource, { mediaType, algorithm, signal }: IngestOptions): Promise<Descriptor> {
    const bytes = await collect(source, { maxBytes: this.#room(0), what: "content for memory", signal });
    const descriptor: Descriptor = { mediaType, digest: digestBytes(bytes, algorithm), size: bytes.length };
    this.#add(descriptor, bytes);
    return descriptor;
  }

  /** How many bytes there is room for, at least `needed`. */
  #room(needed: number): number {
    const room = this.#maxBytes - this.#bytes;
    if (needed <= room) return room;
    const message = `Putting content into memory: ${needed} bytes, expected at most the ${room} that are left of ${this.#maxBytes}`;
    throw new TeuError<ContentErrorCode>("ERR_STORE_FULL", message);
  }

  #add({ mediaType, digest, size }: Descriptor, bytes: Uint8Array): void {
    if (this.#blobs.has(digest)) return;
    this.#blobs.set(digest, { descriptor: { mediaType, digest, size }, bytes });
    this.#bytes += size;
  }

  async delete(digest: Digest, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    this.#bytes -= this.#blobs.get(digest)?.bytes.length ?? 0;
    return this.#blobs.delete(digest);
  }

  async *blobs(options: CallOptions = {}): AsyncGenerator<BlobEntry> {
    for (const [digest, { bytes }] of this.#blobs) {
      options.signal?.throwIfAborted();
      yield { digest, size: bytes.length };
    }
  }

  async resolve(name: string, options: CallOptions = {}): Promise<Descriptor | undefined> {
    options.signal?.throwIfAborted();
    if (!isContentName(name)) return this.#tags.get(name);
    const descriptor = this.#blobs.get(name)?.descriptor;
    return descriptor !== undefined && hasLinks(descriptor.mediaType) ? descriptor : undefined;
  }

  async *tags(options: CallOptions = {}): AsyncGenerator<string> {
    options.signal?.throwIfAborted();
    yield* [...this.#tags.keys()].sort();
  }

  async tag(name: string, descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    await this.keep(descriptor, options);
    if (name === "" || isContentName(name)) throw invalidTag(name, "a name that is no digest");
    this.#tags.set(name, descriptor);
  }

  async keep(descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    if (!(await this.has(descriptor, options))) throw blobMissing(descriptor, "memory");
  }

  async untag(name: string, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return this.#tags.delete(name);
  }

  referrers(subject: Descriptor, options: ReferrerOptions = {}): AsyncIterable<Descriptor> {
    return referrersAmong(
      this,
      [...this.#blobs.values()].map(({ descriptor }) => descriptor),
      subject,
      options,
    );
  }
}
