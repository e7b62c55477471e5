/**
 * The bytes of an archive as they are pushed in, read block by block or run by run, whatever the chunks.
 * @module
 */
import { BLOCK_BYTES } from "../header.ts";

const BLOCK_WORDS = BLOCK_BYTES / 4;

/** Reads pushed chunks. Nothing is copied but a block that is spread over chunks. */
export class ChunkInput {
  /** The memory that the block read last is in; it may change with the next call. */
  block: Buffer = EMPTY;
  /** Where in it the block starts. */
  blockAt = 0;
  /** The sum of the block's bytes. */
  blockSum = 0;
  /** Whether nothing more comes. */
  ended = false;
  readonly #pieces: Buffer = Buffer.alloc(BLOCK_BYTES);
  #piecesFilled = 0;
  #chunk: Uint8Array = EMPTY;
  #buffer: Buffer = EMPTY;
  #words: Int32Array = NO_WORDS;
  // Kept apart from the chunk, whose memory may be gone when it has been used up.
  #length = 0;
  #at = 0;
  #chunkOffset = 0;

  /** Position in the archive of the next byte, or of the block that is being read. */
  get offset(): number {
    return this.#chunkOffset + this.#at - this.#piecesFilled;
  }

  /** The chunk that was pushed last. */
  get chunk(): Uint8Array {
    return this.#chunk;
  }

  /** Where in it the next byte is. */
  get at(): number {
    return this.#at;
  }

  get available(): number {
    return this.#length - this.#at;
  }

  /** Whether a block has been read in part. */
  get isInBlock(): boolean {
    return this.#piecesFilled > 0;
  }

  /** Gives the next chunk; the last one must be used up. */
  push(chunk: Uint8Array): void {
    this.#chunkOffset += this.#length;
    this.#length = chunk.length;
    this.#at = 0;
    // A source may fill the same memory again and again.
    if (chunk === this.#chunk) return;
    this.#chunk = chunk;
    this.#buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#words = wordsOf(chunk);
  }

  /** Passes over bytes that are never pushed. */
  jump(bytes: number): void {
    this.#chunkOffset += bytes;
  }

  /** Reads a block, to be found at {@link blockAt}. @returns false if more input is needed. */
  readBlock(): boolean {
    const word = this.#at / 4;
    if (this.#piecesFilled > 0 || word + BLOCK_WORDS > this.#words.length || !Number.isInteger(word)) {
      return this.#readPieces();
    }
    this.block = this.#buffer;
    this.blockAt = this.#at;
    this.blockSum = sumOf(this.#words, word);
    this.#at += BLOCK_BYTES;
    return true;
  }

  #readPieces(): boolean {
    this.#piecesFilled += this.copyTo(this.#pieces, this.#piecesFilled, BLOCK_BYTES);
    if (this.#piecesFilled < BLOCK_BYTES) return false;
    this.#piecesFilled = 0;
    this.block = this.#pieces;
    this.blockAt = 0;
    this.blockSum = this.#pieces.reduce((sum, byte) => sum + byte, 0);
    return true;
  }

  /** Copies the next bytes into `target` from `start` up to `end`, as many as there are. @returns How many. */
  copyTo(target: Buffer, start: number, end: number): number {
    const copied = Math.min(end - start, this.available);
    if (copied > 0) this.#buffer.copy(target, start, this.#at, this.#at + copied);
    this.#at += copied;
    return copied;
  }

  /** Passes over at most `max` bytes of the chunk. @returns How many. */
  drop(max: number): number {
    const dropped = Math.min(max, this.available);
    this.#at += dropped;
    return dropped;
  }
}

const EMPTY = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

/** The whole words of a chunk; none if it does not start at a word of its memory. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  return byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, Math.floor(length / 4)) : NO_WORDS;
}

/**
 * Sums the bytes of a block, four at a time: two sums of two 16-bit lanes each, which 128 words cannot overflow, whatever
 * the byte order. The reader's innermost loop.
 */
function sumOf(words: Int32Array, start: number): number {
  let even = 0;
  let odd = 0;
  for (let at = start; at < start + BLOCK_WORDS; at += 1) {
    const word = words[at] ?? 0;
    // `| 0` keeps the engine from looking for overflow.
    even = (even + (word & 0x00ff00ff)) | 0;
    odd = (odd + ((word >>> 8) & 0x00ff00ff)) | 0;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}
