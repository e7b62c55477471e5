/**
 * The entropy decoder of LZMA: bits whose probabilities adapt, and bits that are as likely as not.
 *
 * Numbers are kept as signed 32 bits, which V8 holds without allocating. Bytes past the end of the input read as zero; the
 * caller finds that out by {@link RangeDecoder.at} once a chunk is done.
 * @module
 */

const PROBABILITY_BITS = 11;
const MOVE_BITS = 5;

/** Where every probability begins: as likely as not. */
export const PROBABILITY_START: number = 1 << (PROBABILITY_BITS - 1);

/** Decodes the bits of one chunk after the other. */
export class RangeDecoder {
  readonly #input: Uint8Array;
  #at = 0;
  #range = 0;
  #code = 0;

  constructor(input: Uint8Array) {
    this.#input = input;
  }

  /** Offset of the next byte of input. */
  get at(): number {
    return this.#at;
  }

  /** Whether a chunk may end here. */
  get isFinished(): boolean {
    return this.#code === 0;
  }

  /** Begins a chunk at `at`. @returns False if its first byte is not zero, as it has to be. */
  begin(at: number): boolean {
    this.#at = at + 5;
    this.#range = -1;
    const input = this.#input;
    this.#code =
      ((input[at + 1] ?? 0) << 24) | ((input[at + 2] ?? 0) << 16) | ((input[at + 3] ?? 0) << 8) | (input[at + 4] ?? 0);
    return input[at] === 0;
  }

  /** A bit by the probability at `index`, which adapts. */
  bit(probabilities: Uint16Array, index: number): number {
    let range = this.#range;
    if (range >>> 24 === 0) range = this.#normalise(range);
    const probability = probabilities[index] as number;
    const bound = Math.imul(range >>> PROBABILITY_BITS, probability);
    if (this.#code >>> 0 < bound >>> 0) {
      this.#range = bound;
      probabilities[index] = probability + (((1 << PROBABILITY_BITS) - probability) >>> MOVE_BITS);
      return 0;
    }
    this.#range = (range - bound) | 0;
    this.#code = (this.#code - bound) | 0;
    probabilities[index] = probability - (probability >>> MOVE_BITS);
    return 1;
  }

  /** A number of `bits` bits, the highest first, by the tree of probabilities at `offset`. */
  tree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = (node << 1) | this.bit(probabilities, offset + node);
    return node - (1 << bits);
  }

  /** Like {@link tree}, the lowest bit first. */
  reverseTree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let at = 0; at < bits; at += 1) {
      const bit = this.bit(probabilities, offset + node);
      node = (node << 1) | bit;
      value |= bit << at;
    }
    return value;
  }

  /** A number of `bits` bits that are as likely as not. */
  direct(bits: number): number {
    let value = 0;
    for (let left = bits; left > 0; left -= 1) {
      let range = this.#range;
      if (range >>> 24 === 0) range = this.#normalise(range);
      range >>>= 1;
      this.#range = range;
      const isOne = this.#code >>> 0 >= range;
      if (isOne) this.#code = (this.#code - range) | 0;
      value = (value << 1) | (isOne ? 1 : 0);
    }
    return value;
  }

  /** Reads on where a chunk leaves the last step undone. */
  settle(): void {
    if (this.#range >>> 24 === 0) this.#range = this.#normalise(this.#range);
  }

  #normalise(range: number): number {
    this.#code = (this.#code << 8) | (this.#input[this.#at] ?? 0);
    this.#at += 1;
    return range << 8;
  }
}
