/**
 * The bytes of an archive as they are pushed in, read block by block or run by run, whatever the chunks.
 * @module
 */
import { BLOCK_BYTES } from "../header.ts";

const SLAB_BLOCKS = 32;

/**
 * Reads pushed chunks. Blocks are copied, each into the next place of a slab, so that they outlive their chunk without
 * keeping it; runs are views of their chunk.
 */
export class BlockInput {
  /** The slab that the block read last is in. */
  block: Uint8Array = new Uint8Array(SLAB_BLOCKS * BLOCK_BYTES);
  /** The same as words. */
  words: Int32Array = new Int32Array(this.block.buffer);
  /** Where in the slab the block starts. */
  at = 0;
  /** Whether nothing more comes. */
  ended = false;
  #filled = 0;
  #kept = false;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkAt = 0;
  #chunkOffset = 0;

  /** Position in the archive of the next byte, or of the block that is being read. */
  get offset(): number {
    return this.#chunkOffset + this.#chunkAt - this.#filled;
  }

  get available(): number {
    return this.#chunk.length - this.#chunkAt;
  }

  /** Whether a block has been read in part. */
  get midBlock(): boolean {
    return this.#filled > 0;
  }

  /** Gives the next chunk; the last one must be used up. */
  push(chunk: Uint8Array): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#chunkAt = 0;
  }

  /** Passes over bytes that are never pushed. */
  jump(bytes: number): void {
    this.#chunkOffset += bytes;
  }

  /** Reads a block into the slab, to be found at {@link at}. @returns false if more input is needed. */
  readBlock(): boolean {
    if (this.#filled === 0) this.#nextPlace();
    const take = Math.min(BLOCK_BYTES - this.#filled, this.available);
    this.block.set(this.#chunk.subarray(this.#chunkAt, this.#chunkAt + take), this.at + this.#filled);
    this.#chunkAt += take;
    this.#filled += take;
    if (this.#filled < BLOCK_BYTES) return false;
    this.#filled = 0;
    return true;
  }

  /** Lets the block read last stay as it is for good. */
  keepBlock(): void {
    this.#kept = true;
  }

  #nextPlace(): void {
    if (!this.#kept) return;
    this.#kept = false;
    this.at += BLOCK_BYTES;
    if (this.at < this.block.length) return;
    this.block = new Uint8Array(SLAB_BLOCKS * BLOCK_BYTES);
    this.words = new Int32Array(this.block.buffer);
    this.at = 0;
  }

  /** The next bytes of the chunk, at most `max` of them. */
  take(max: number): Uint8Array {
    const from = this.#chunkAt;
    this.#chunkAt += Math.min(max, this.available);
    return this.#chunk.subarray(from, this.#chunkAt);
  }

  /** Passes over at most `max` bytes of the chunk. @returns How many. */
  drop(max: number): number {
    const dropped = Math.min(max, this.available);
    this.#chunkAt += dropped;
    return dropped;
  }
}
