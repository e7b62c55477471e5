/**
 * The decoder of LZMA data, chunk by chunk as LZMA2 has it. What is decoded is its dictionary too.
 * @see {@link https://tukaani.org/xz/xz-file-format-1.2.1.txt}
 * @module
 */
import { PROBABILITY_START, RangeDecoder } from "./range-decoder.ts";

const STATES = 12;
const POSITION_STATES = 16;
const LITERAL_STATES = 7;
const LITERAL_PROBABILITIES = 0x300;
const MAX_LITERAL_BITS = 4;
const MIN_MATCH = 2;
const FIRST_MODEL_SLOT = 4;
const FIRST_DIRECT_SLOT = 14;
const ALIGN_BITS = 4;

// All probabilities lie in one array, so that a reset is one fill.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * POSITION_STATES;
const IS_REP0_SHORT = IS_REP + STATES;
const IS_REP1 = IS_REP0_SHORT + STATES * POSITION_STATES;
const IS_REP_NOT_0 = IS_REP1 + STATES;
const IS_REP_NOT_2 = IS_REP_NOT_0 + STATES;
const SLOTS = IS_REP_NOT_2 + STATES;
const SPECIAL = SLOTS + 4 * 64;
const ALIGN = SPECIAL + 128;
const LENGTH = ALIGN + (1 << ALIGN_BITS);
const LENGTH_LOW = 2;
const LENGTH_MID = LENGTH_LOW + POSITION_STATES * 8;
const LENGTH_HIGH = LENGTH_MID + POSITION_STATES * 8;
const REP_LENGTH = LENGTH + LENGTH_HIGH + 256;
const LITERALS = REP_LENGTH + LENGTH_HIGH + 256;

/** Decodes chunks into `output`. */
export class LzmaDecoder {
  readonly #output: Uint8Array;
  readonly #range: RangeDecoder;
  readonly #probabilities = new Uint16Array(LITERALS + (LITERAL_PROBABILITIES << MAX_LITERAL_BITS));
  #at: number;
  #dictionaryStart: number;
  #contextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #state = 0;
  #distance0 = 0;
  #distance1 = 0;
  #distance2 = 0;
  #distance3 = 0;

  constructor(input: Uint8Array, output: Uint8Array, at: number) {
    this.#output = output;
    this.#range = new RangeDecoder(input);
    this.#at = at;
    this.#dictionaryStart = at;
  }

  /** Offset behind what is decoded. */
  get at(): number {
    return this.#at;
  }

  /** Forgets what was decoded before. */
  resetDictionary(): void {
    this.#dictionaryStart = this.#at;
  }

  /** Forgets what was learned. */
  resetState(): void {
    this.#probabilities.fill(PROBABILITY_START);
    this.#state = 0;
    this.#distance0 = 0;
    this.#distance1 = 0;
    this.#distance2 = 0;
    this.#distance3 = 0;
  }

  /** Takes the byte that packs three parameters. @returns False if there is no such byte. */
  setProperties(byte: number): boolean {
    const contextBits = byte % 9;
    const literalPositionBits = Math.floor(byte / 9) % 5;
    const positionBits = Math.floor(byte / 45);
    if (positionBits > 4 || contextBits + literalPositionBits > MAX_LITERAL_BITS) return false;
    this.#contextBits = contextBits;
    this.#literalPositionMask = (1 << literalPositionBits) - 1;
    this.#positionMask = (1 << positionBits) - 1;
    return true;
  }

  /** Takes bytes that are not compressed. */
  copy(bytes: Uint8Array): void {
    this.#output.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Decodes the chunk from `start` to `end` of the input into `size` bytes. @returns False if it is damaged. */
  decode(start: number, end: number, size: number): boolean {
    const range = this.#range;
    if (!range.begin(start)) return false;
    const stop = this.#at + size;
    while (this.#at < stop) {
      if (!this.#decodeOne(stop)) return false;
    }
    range.settle();
    return range.at === end && range.isFinished;
  }

  #decodeOne(stop: number): boolean {
    const position = (this.#at - this.#dictionaryStart) & this.#positionMask;
    const place = this.#state * POSITION_STATES + position;
    if (this.#range.bit(this.#probabilities, IS_MATCH + place) === 0) {
      this.#literal();
      return true;
    }
    if (this.#range.bit(this.#probabilities, IS_REP + this.#state) === 0) {
      return this.#copyMatch(this.#match(position), stop);
    }
    const length = this.#repeat(place, position);
    return this.#copyMatch(length, stop);
  }

  #literal(): void {
    const output = this.#output;
    const at = this.#at;
    const isFirst = at === this.#dictionaryStart;
    const before = isFirst ? 0 : (output[at - 1] as number);
    const context =
      (((at - this.#dictionaryStart) & this.#literalPositionMask) << this.#contextBits) +
      (before >> (8 - this.#contextBits));
    const offset = LITERALS + LITERAL_PROBABILITIES * context;
    output[at] =
      this.#state < LITERAL_STATES
        ? this.#range.tree(this.#probabilities, offset, 8)
        : this.#matchedLiteral(offset, output[at - this.#distance0 - 1] ?? 0);
    this.#at = at + 1;
    this.#state = this.#state < 4 ? 0 : this.#state - (this.#state < 10 ? 3 : 6);
  }

  /** A literal behind a match differs from the byte that would have gone on. */
  #matchedLiteral(offset: number, expected: number): number {
    let node = 1;
    let match = expected;
    while (node < 0x100) {
      const matchBit = (match >> 7) & 1;
      match <<= 1;
      const bit = this.#range.bit(this.#probabilities, offset + ((1 + matchBit) << 8) + node);
      node = (node << 1) | bit;
      if (bit !== matchBit) break;
    }
    while (node < 0x100) node = (node << 1) | this.#range.bit(this.#probabilities, offset + node);
    return node & 0xff;
  }

  #match(position: number): number {
    const length = this.#length(LENGTH, position);
    this.#distance3 = this.#distance2;
    this.#distance2 = this.#distance1;
    this.#distance1 = this.#distance0;
    this.#distance0 = this.#distance(Math.min(length - MIN_MATCH, 3));
    this.#state = this.#state < LITERAL_STATES ? 7 : 10;
    return length;
  }

  #distance(lengthState: number): number {
    const range = this.#range;
    const slot = range.tree(this.#probabilities, SLOTS + lengthState * 64, 6);
    if (slot < FIRST_MODEL_SLOT) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < FIRST_DIRECT_SLOT) {
      return base + range.reverseTree(this.#probabilities, SPECIAL + base - slot, bits);
    }
    const high = range.direct(bits - ALIGN_BITS) << ALIGN_BITS;
    return (base >>> 0) + (high >>> 0) + range.reverseTree(this.#probabilities, ALIGN, ALIGN_BITS);
  }

  /** @returns The length of a match at one of the last four distances. */
  #repeat(place: number, position: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const state = this.#state;
    if (range.bit(probabilities, IS_REP_NOT_0 + state) === 0) {
      if (range.bit(probabilities, IS_REP0_SHORT + place) === 0) {
        this.#state = state < LITERAL_STATES ? 9 : 11;
        return 1;
      }
    } else {
      this.#distance0 = this.#olderDistance(state);
    }
    this.#state = state < LITERAL_STATES ? 8 : 11;
    return this.#length(REP_LENGTH, position);
  }

  #olderDistance(state: number): number {
    const newest = this.#distance0;
    let chosen = this.#distance1;
    if (this.#range.bit(this.#probabilities, IS_REP1 + state) === 1) {
      if (this.#range.bit(this.#probabilities, IS_REP_NOT_2 + state) === 0) {
        chosen = this.#distance2;
      } else {
        chosen = this.#distance3;
        this.#distance3 = this.#distance2;
      }
      this.#distance2 = this.#distance1;
    }
    this.#distance1 = newest;
    return chosen;
  }

  #length(offset: number, position: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    if (range.bit(probabilities, offset) === 0) {
      return MIN_MATCH + range.tree(probabilities, offset + LENGTH_LOW + position * 8, 3);
    }
    if (range.bit(probabilities, offset + 1) === 0) {
      return MIN_MATCH + 8 + range.tree(probabilities, offset + LENGTH_MID + position * 8, 3);
    }
    return MIN_MATCH + 16 + range.tree(probabilities, offset + LENGTH_HIGH, 8);
  }

  /** Repeats what lies behind. @returns False if that is before the dictionary, or there is no room. */
  #copyMatch(length: number, stop: number): boolean {
    const output = this.#output;
    const at = this.#at;
    const from = at - this.#distance0 - 1;
    if (from < this.#dictionaryStart || at + length > stop) return false;
    if (this.#distance0 + 1 >= length && length > 32) {
      output.copyWithin(at, from, from + length);
    } else {
      for (let offset = 0; offset < length; offset += 1) output[at + offset] = output[from + offset] as number;
    }
    this.#at = at + length;
    return true;
  }
}
