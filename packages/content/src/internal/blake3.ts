/**
 * BLAKE3 with its usual 32 bytes of output, no key.
 * @see {@link https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf}
 * @module
 */

import { toHex } from "@teu/std/bytes";

/** A hash under way. */
export interface Blake3 {
  update(chunk: Uint8Array): void;
  /** The hash of all bytes so far, as 64 lower-case digits. */
  hex(): string;
}

const CHUNK_BYTES = 1024;
const BLOCK_BYTES = 64;
const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;
const ROOT = 8;

const IV: Uint32Array = Uint32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

// Which word of the message each of the 16 places of each of the 7 rounds takes.
const SCHEDULE: Uint8Array = makeSchedule([2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]);

function makeSchedule(permutation: readonly number[]): Uint8Array {
  const schedule = new Uint8Array(7 * 16);
  for (let place = 0; place < 16; place += 1) schedule[place] = place;
  for (let place = 16; place < schedule.length; place += 1) {
    schedule[place] = schedule[place - 16 - (place % 16) + (permutation[place % 16] ?? 0)] ?? 0;
  }
  return schedule;
}

/** Starts a hash. */
export function createBlake3(): Blake3 {
  return new State();
}

class State implements Blake3 {
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #words = new Uint32Array(16);
  readonly #chaining = Uint32Array.from(IV);
  // Chaining values of finished subtrees, the largest first: one for every bit that is set in the count of finished chunks.
  readonly #stack: Uint32Array[] = [];
  #chunks = 0;
  #chunkBytes = 0;
  #blockBytes = 0;

  update(input: Uint8Array): void {
    let at = 0;
    while (at < input.length) {
      if (this.#blockBytes === BLOCK_BYTES) this.#endBlock();
      const taken = Math.min(BLOCK_BYTES - this.#blockBytes, input.length - at);
      this.#block.set(input.subarray(at, at + taken), this.#blockBytes);
      this.#blockBytes += taken;
      at += taken;
    }
  }

  // A full block waits until there is more, because the last block of a chunk and of the whole carries a flag.
  #endBlock(): void {
    this.#chunkBytes += BLOCK_BYTES;
    const isLast = this.#chunkBytes === CHUNK_BYTES;
    this.#compressBlock(isLast ? CHUNK_END : 0);
    this.#blockBytes = 0;
    if (isLast) this.#endChunk();
  }

  #compressBlock(flags: number): void {
    const isFirst = this.#chunkBytes <= BLOCK_BYTES;
    loadWords(this.#block.fill(0, this.#blockBytes), this.#words);
    const allFlags = flags | (isFirst ? CHUNK_START : 0);
    compress(this.#chaining, this.#words, { counter: this.#chunks, length: this.#blockBytes, flags: allFlags });
  }

  #endChunk(): void {
    this.#chunks += 1;
    let value = Uint32Array.from(this.#chaining);
    for (let chunks = this.#chunks; chunks % 2 === 0; chunks /= 2) {
      value = joinParent(this.#stack.pop() ?? IV, value, 0);
    }
    this.#stack.push(value);
    this.#chaining.set(IV);
    this.#chunkBytes = 0;
  }

  hex(): string {
    this.#chunkBytes += this.#blockBytes;
    this.#compressBlock(CHUNK_END | (this.#stack.length === 0 ? ROOT : 0));
    let value: Uint32Array = this.#chaining;
    while (this.#stack.length > 0) {
      const left = this.#stack.pop() ?? IV;
      value = joinParent(left, value, this.#stack.length === 0 ? ROOT : 0);
    }
    return inHex(value);
  }
}

function loadWords(block: Uint8Array, words: Uint32Array): void {
  const view = new DataView(block.buffer, block.byteOffset, BLOCK_BYTES);
  for (let word = 0; word < 16; word += 1) words[word] = view.getUint32(4 * word, true);
}

function joinParent(left: Uint32Array, right: Uint32Array, flags: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(16);
  words.set(left, 0);
  words.set(right, 8);
  const value = Uint32Array.from(IV);
  compress(value, words, { counter: 0, length: BLOCK_BYTES, flags: PARENT | flags });
  return value;
}

function inHex(words: Uint32Array): string {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, at) => view.setUint32(4 * at, word, true));
  return toHex(bytes);
}

interface BlockFacts {
  readonly counter: number;
  readonly length: number;
  readonly flags: number;
}

const state = new Uint32Array(16);

/** Mixes one block into `chaining`. */
function compress(chaining: Uint32Array, words: Uint32Array, { counter, length, flags }: BlockFacts): void {
  state.set(chaining, 0);
  state.set(IV.subarray(0, 4), 8);
  state[12] = counter >>> 0;
  state[13] = Math.floor(counter / 2 ** 32);
  state[14] = length;
  state[15] = flags;
  for (let round = 0; round < SCHEDULE.length; round += 16) mixRound(words, round);
  for (let word = 0; word < 8; word += 1) chaining[word] = (state[word] ?? 0) ^ (state[word + 8] ?? 0);
}

function mixRound(words: Uint32Array, round: number): void {
  mix(words, round, 0, 4, 8, 12);
  mix(words, round + 2, 1, 5, 9, 13);
  mix(words, round + 4, 2, 6, 10, 14);
  mix(words, round + 6, 3, 7, 11, 15);
  mix(words, round + 8, 0, 5, 10, 15);
  mix(words, round + 10, 1, 6, 11, 12);
  mix(words, round + 12, 2, 7, 8, 13);
  mix(words, round + 14, 3, 4, 9, 14);
}

// oxlint-disable-next-line max-params -- the inner loop: an object a call would cost more than the mixing
function mix(words: Uint32Array, place: number, a: number, b: number, c: number, d: number): void {
  const x = words[SCHEDULE[place] ?? 0] ?? 0;
  const y = words[SCHEDULE[place + 1] ?? 0] ?? 0;
  let va = state[a] ?? 0;
  let vb = state[b] ?? 0;
  let vc = state[c] ?? 0;
  let vd = state[d] ?? 0;
  va = (va + vb + x) | 0;
  vd ^= va;
  vd = (vd >>> 16) | (vd << 16);
  vc = (vc + vd) | 0;
  vb ^= vc;
  vb = (vb >>> 12) | (vb << 20);
  va = (va + vb + y) | 0;
  vd ^= va;
  vd = (vd >>> 8) | (vd << 24);
  vc = (vc + vd) | 0;
  vb ^= vc;
  vb = (vb >>> 7) | (vb << 25);
  state[a] = va;
  state[b] = vb;
  state[c] = vc;
  state[d] = vd;
}
