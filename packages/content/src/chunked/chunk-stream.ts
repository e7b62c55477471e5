/**
 * An archive as compressed pieces that can be fetched apart: every file begins one, and a long file has several.
 * @module
 */
import { concatBytes } from "@teu/std/bytes";
import { type Hasher, createHasher } from "../hash.ts";
import type { WrittenChunk } from "./toc.ts";

/** The content of a file as it was written. */
export interface WrittenContent {
  readonly digest: string;
  readonly chunks: readonly WrittenChunk[];
}

/** Collects plain bytes and gives compressed pieces. */
export class ChunkStream {
  readonly #maxChunkBytes: number;
  readonly #compress: (plain: Uint8Array) => Promise<Uint8Array>;
  #offset = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #chunks: WrittenChunk[] = [];
  #hasher: Hasher = createHasher("sha256");
  #written = 0;

  /** @param compress Makes a piece that decoders can begin at. */
  constructor(maxChunkBytes: number, compress: (plain: Uint8Array) => Promise<Uint8Array>) {
    this.#maxChunkBytes = maxChunkBytes;
    this.#compress = compress;
  }

  /** How many compressed bytes were given. */
  get offset(): number {
    return this.#offset;
  }

  /** Takes bytes that are no file's content. */
  async *frame(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (const part of this.#parts(bytes)) {
      this.hold(part);
      if (this.#pendingBytes === this.#maxChunkBytes) yield* this.flush();
    }
  }

  /** Begins the content of a file. */
  async *begin(): AsyncGenerator<Uint8Array> {
    this.#chunks = [];
    this.#written = 0;
    this.#hasher = createHasher("sha256");
    yield* this.flush();
  }

  /** Takes content of the file that was begun. */
  async *content(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#hasher.update(bytes);
    for (const part of this.#parts(bytes)) {
      this.hold(part);
      if (this.#pendingBytes === this.#maxChunkBytes) yield* this.#chunk();
    }
  }

  /** Ends the content of a file. */
  async *end(): AsyncGenerator<Uint8Array, WrittenContent> {
    yield* this.#chunk();
    return { digest: this.#hasher.digest(), chunks: this.#chunks };
  }

  /** Keeps bytes for the next piece, however long that gets. */
  hold(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  /** Gives what is kept as a piece. */
  async *flush(): AsyncGenerator<Uint8Array> {
    if (this.#pendingBytes === 0) return;
    const plain = concatBytes(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const bytes = await this.#compress(plain);
    this.#offset += bytes.length;
    yield bytes;
  }

  *#parts(bytes: Uint8Array): Generator<Uint8Array> {
    for (let rest = bytes; rest.length > 0;) {
      const part = rest.subarray(0, this.#maxChunkBytes - this.#pendingBytes);
      rest = rest.subarray(part.length);
      yield part;
    }
  }

  async *#chunk(): AsyncGenerator<Uint8Array> {
    if (this.#pendingBytes === 0) return;
    const hasher = createHasher("sha256");
    for (const bytes of this.#pending) hasher.update(bytes);
    const size = this.#pendingBytes;
    this.#chunks.push({ offset: this.#offset, chunkOffset: this.#written, size, digest: hasher.digest() });
    this.#written += size;
    yield* this.flush();
  }
}
