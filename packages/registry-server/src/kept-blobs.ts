/**
 * Blobs in memory, so that what many clients pull is not read again for each of them: small ones from their first pull on,
 * larger ones from their second. Only what has been verified is kept.
 * @module
 */
import { canVerify, digestBytes } from "@teu/content/hash";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { collect } from "@teu/std/streams";
import { ByteCache } from "./internal/byte-cache.ts";
import type { Awaitable } from "./metadata/metadata.ts";
import type { StorageDriver } from "./storage/driver.ts";

/** Largest blob that is kept from its first pull on: configs, mostly. */
const SMALL_BYTES = 64 * 1024;
/** Largest blob that is kept at all. */
const MAX_BLOB_BYTES = 1024 * 1024;
/** Most bytes that are kept together. */
const MAX_BYTES = 16 * 1024 * 1024;
/** How many larger blobs are remembered that were pulled once. */
const MAX_PULLED = 1024;
/** How many blobs are read at a time. */
const MAX_FILLING = 16;

/** The blobs of a storage that are kept in memory. Their bytes never change. */
export class KeptBlobs {
  readonly #storage: Pick<StorageDriver, "read">;
  readonly #kept = new ByteCache(MAX_BYTES);
  readonly #pulled = new Set<Digest>();
  readonly #filling = new Map<Digest, Promise<Uint8Array | undefined>>();

  constructor(storage: Pick<StorageDriver, "read">) {
    this.#storage = storage;
  }

  /** The bytes of a blob, if they are here. */
  get(digest: Digest): Uint8Array | undefined {
    return this.#kept.get(digest);
  }

  /**
   * The bytes of a blob that is pulled, if they are here, or on their way: whoever pulls it a second time waits for the
   * whole of it, and so does everybody meanwhile.
   */
  pull(digest: Digest, size: number): Awaitable<Uint8Array | undefined> {
    if (size > MAX_BLOB_BYTES) return undefined;
    const kept = this.#kept.get(digest) ?? this.#filling.get(digest);
    if (kept !== undefined) return kept;
    if (this.#filling.size >= MAX_FILLING) return undefined;
    if (!this.isSmall(size) && !this.#isPulledAgain(digest)) return undefined;
    const filling = this.#fill(digest, size).finally(() => this.#filling.delete(digest));
    this.#filling.set(digest, filling);
    return filling;
  }

  /** Tells whether a blob is so small that it is kept from its first pull on. */
  isSmall(size: number): boolean {
    return size <= SMALL_BYTES;
  }

  /** Forgets a blob. */
  delete(digest: Digest): void {
    this.#kept.delete(digest);
  }

  #isPulledAgain(digest: Digest): boolean {
    if (this.#pulled.delete(digest)) return true;
    this.#pulled.add(digest);
    const [oldest] = this.#pulled;
    if (oldest !== undefined && this.#pulled.size > MAX_PULLED) this.#pulled.delete(oldest);
    return false;
  }

  async #fill(digest: Digest, size: number): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#read(digest, size);
      if (!canVerify(digest) || digestBytes(bytes, splitDigest(digest).algorithm) !== digest) return undefined;
      this.#kept.set(digest, bytes);
      return bytes;
    } catch {
      // Whoever pulls it reads the storage, and is told what is wrong with it.
      return undefined;
    }
  }

  #read(digest: Digest, size: number): Promise<Uint8Array> {
    return collect(this.#storage.read(digest, { start: 0, end: size }), { maxBytes: size });
  }
}
