/**
 * The bytes of an archive as they are pushed in, read block by block or run by run, whatever the chunks.
 * @module
 */
import { BLOCK_BYTES } from "../header.ts";

const SLAB_BLOCKS = 64;
const BLOCK_WORDS = BLOCK_BYTES / 4;

/**
 * Reads pushed chunks. Blocks are copied, each into the next place of a slab, so that they outlive their chunk without
 * keeping it; runs are views of their chunk.
 */
export class BlockInput {
  /** The memory that the block read last is in. */
  slab: Buffer = newSlab();
  /** Where in the slab the block starts. */
  at = 0;
  /** The sum of the block's bytes. */
  sum = 0;
  /** Whether nothing more comes. */
  ended = false;
  #slabWords: Int32Array = wordsOf(this.slab);
  #filled = 0;
  #kept = false;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkWords: Int32Array = NO_WORDS;
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
    this.#chunkWords = chunk.byteOffset % 4 === 0 ? wordsOf(chunk) : NO_WORDS;
    this.#chunkAt = 0;
  }

  /** Passes over bytes that are never pushed. */
  jump(bytes: number): void {
    this.#chunkOffset += bytes;
  }

  /** Reads a block into the slab, to be found at {@link at}. @returns false if more input is needed. */
  readBlock(): boolean {
    if (this.#chunkAt === this.#chunk.length) return false;
    if (this.#filled === 0) {
      if (this.#kept) this.#nextPlace();
      const word = this.#chunkAt / 4;
      if (word + BLOCK_WORDS <= this.#chunkWords.length && Number.isInteger(word)) {
        this.sum = copySumming(this.#chunkWords, word, this.#slabWords, this.at / 4);
        this.#chunkAt += BLOCK_BYTES;
        return true;
      }
    }
    return this.#readPieces();
  }

  /** Lets the block read last stay as it is for good. */
  keepBlock(): void {
    this.#kept = true;
  }

  #readPieces(): boolean {
    const piece = this.take(BLOCK_BYTES - this.#filled);
    this.slab.set(piece, this.at + this.#filled);
    this.#filled += piece.length;
    if (this.#filled < BLOCK_BYTES) return false;
    this.#filled = 0;
    this.sum = copySumming(this.#slabWords, this.at / 4, this.#slabWords, this.at / 4);
    return true;
  }

  #nextPlace(): void {
    this.#kept = false;
    this.at += BLOCK_BYTES;
    if (this.at < this.slab.length) return;
    this.slab = newSlab();
    this.#slabWords = wordsOf(this.slab);
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

const NO_WORDS = new Int32Array(0);

function newSlab(): Buffer {
  return Buffer.allocUnsafeSlow(SLAB_BLOCKS * BLOCK_BYTES);
}

/** The whole words of `bytes`, which start at a whole word of their memory. */
function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
}

/**
 * Copies a block and sums its bytes on the way, four at a time: two sums of two 16-bit lanes each, which 128 words cannot
 * overflow, whatever the byte order.
 */
// oxlint-disable-next-line max-params -- the innermost loop of the reader: an object for its arguments would double its cost
function copySumming(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): number {
  let even = 0;
  let odd = 0;
  for (let i = 0; i < BLOCK_WORDS; i += 1) {
    const word = from[fromAt + i] ?? 0;
    to[toAt + i] = word;
    even += word & 0x00ff00ff;
    odd += (word >>> 8) & 0x00ff00ff;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}
