/**
 * Blobs in memory, so that what many clients pull is not read again for each of them: small ones from their first pull on,
 * larger ones from their second. Only what has been verified is kept.
 * @module
 */
import { canVerify, digestBytes } from "@teu/content/hash";
import type { ByteStream } from "@teu/content/store";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { collect } from "@teu/std/streams";
import { ByteCache } from "./internal/byte-cache.ts";
import type { StorageDriver } from "./storage/driver.ts";

/** Largest blob that is kept from its first pull on: configs, mostly. */
const SMALL_BYTES = 64 * 1024;
/** Largest blob that is kept at all. */
const MAX_BLOB_BYTES = 1024 * 1024;
/** Most bytes that are kept together. */
const MAX_BYTES = 16 * 1024 * 1024;
/** How many larger blobs are remembered that were pulled once. */
const MAX_PULLED = 1024;

/** The blobs of a storage that are kept in memory. Their bytes never change. */
export class KeptBlobs {
  readonly #storage: Pick<StorageDriver, "read">;
  readonly #kept = new ByteCache(MAX_BYTES);
  readonly #pulled = new Set<Digest>();
  readonly #filling = new Set<Digest>();

  constructor(storage: Pick<StorageDriver, "read">) {
    this.#storage = storage;
  }

  /** The bytes of a blob, if they are here. */
  get(digest: Digest): Uint8Array | undefined {
    return this.#kept.get(digest);
  }

  /** Tells whether a blob is so small that it is kept from its first pull on. */
  isSmall(size: number): boolean {
    return size <= SMALL_BYTES;
  }

  /** Reads a small blob, and keeps it. */
  async *readSmall(digest: Digest, size: number): ByteStream {
    const bytes = await this.#read(digest, size);
    this.#keep(digest, bytes);
    yield bytes;
  }

  /** Takes note that a larger blob, which is not here, is pulled. */
  notePull(digest: Digest, size: number): void {
    if (size > MAX_BLOB_BYTES || this.#filling.has(digest)) return;
    if (this.#pulled.delete(digest)) return void this.#fill(digest, size);
    this.#pulled.add(digest);
    for (const oldest of this.#pulled) {
      if (this.#pulled.size <= MAX_PULLED) return;
      this.#pulled.delete(oldest);
    }
  }

  /** Forgets a blob. */
  delete(digest: Digest): void {
    this.#kept.delete(digest);
  }

  async #fill(digest: Digest, size: number): Promise<void> {
    this.#filling.add(digest);
    try {
      this.#keep(digest, await this.#read(digest, size));
    } catch {
      // Whoever pulls it reads the storage, and is told what is wrong with it.
    } finally {
      this.#filling.delete(digest);
    }
  }

  #read(digest: Digest, size: number): Promise<Uint8Array> {
    return collect(this.#storage.read(digest, { start: 0, end: size }), { maxBytes: size });
  }

  #keep(digest: Digest, bytes: Uint8Array): void {
    if (!canVerify(digest) || digestBytes(bytes, splitDigest(digest).algorithm) !== digest) return;
    this.#kept.set(digest, bytes);
  }
}
