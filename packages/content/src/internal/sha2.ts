/**
 * SHA-256, SHA-384 and SHA-512 in plain TypeScript, for places without Node: what browsers offer takes no streams.
 * @see {@link https://csrc.nist.gov/pubs/fips/180-4/upd1/final}
 * @module
 */
import { toHex } from "@teu/std/bytes";

/** A hash under way. */
export interface Sha2 {
  update(chunk: Uint8Array): void;
  /** The hash of all bytes so far, in lower-case digits. Ends the hash. */
  hex(): string;
}

/** Starts SHA-256. */
export function createSha256(): Sha2 {
  return new BlockHash({ blockBytes: 64, lengthBytes: 8, compress: new Compress256() });
}

/** Starts SHA-512, or SHA-384, which is the same with another beginning and cut shorter. */
export function createSha512(bits: 384 | 512 = 512): Sha2 {
  return new BlockHash({ blockBytes: 128, lengthBytes: 16, compress: new Compress512(bits) });
}

interface Compression {
  /** Mixes one block in. */
  block(view: DataView, at: number): void;
  result(): Uint8Array;
}

interface BlockHashOptions {
  readonly blockBytes: number;
  /** Of the field at the end that tells how much was hashed. */
  readonly lengthBytes: number;
  readonly compress: Compression;
}

/** What all of them share: bytes gathered into blocks, and the padding at the end. */
class BlockHash implements Sha2 {
  readonly #options: BlockHashOptions;
  readonly #block: Uint8Array<ArrayBuffer>;
  #held = 0;
  #bytes = 0;

  constructor(options: BlockHashOptions) {
    this.#options = options;
    this.#block = new Uint8Array(options.blockBytes);
  }

  update(chunk: Uint8Array): void {
    const { blockBytes, compress } = this.#options;
    this.#bytes += chunk.length;
    let at = 0;
    if (this.#held > 0) {
      at = Math.min(chunk.length, blockBytes - this.#held);
      this.#block.set(chunk.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < blockBytes) return;
      compress.block(viewOf(this.#block), 0);
    }
    const view = viewOf(chunk);
    for (; at + blockBytes <= chunk.length; at += blockBytes) compress.block(view, at);
    this.#block.set(chunk.subarray(at));
    this.#held = chunk.length - at;
  }

  hex(): string {
    const { blockBytes, lengthBytes, compress } = this.#options;
    const bytes = this.#bytes;
    const room = blockBytes - lengthBytes - 1 - this.#held;
    const padding = new Uint8Array(1 + (room < 0 ? room + blockBytes : room) + lengthBytes);
    padding[0] = 0x80;
    const view = viewOf(padding);
    // In bits, of which there are more than fit into one word.
    view.setUint32(padding.length - 8, Math.floor(bytes / 2 ** 29));
    view.setUint32(padding.length - 4, (bytes << 3) >>> 0);
    this.update(padding);
    return toHex(compress.result());
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class Compress256 implements Compression {
  readonly #state = Int32Array.from(narrowConstants().start);
  readonly #rounds = narrowConstants().rounds;
  readonly #words = new Int32Array(64);

  block(view: DataView, at: number): void {
    const words = this.#words;
    for (let word = 0; word < 16; word += 1) words[word] = view.getInt32(at + 4 * word);
    for (let word = 16; word < 64; word += 1) words[word] = extend256(words, word);
    mix256(this.#state, words, this.#rounds);
  }

  result(): Uint8Array {
    return inBytes(this.#state);
  }
}

/** A word of an array in which it surely is. */
function half(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

function extend256(words: Int32Array, at: number): number {
  const x = half(words, at - 15);
  const y = half(words, at - 2);
  const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
  const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
  return (half(words, at - 16) + low + half(words, at - 7) + high) | 0;
}

function mix256(state: Int32Array, words: Int32Array, rounds: Int32Array): void {
  let [a, b, c, d] = [half(state, 0), half(state, 1), half(state, 2), half(state, 3)];
  let [e, f, g, h] = [half(state, 4), half(state, 5), half(state, 6), half(state, 7)];
  for (let round = 0; round < 64; round += 1) {
    const sum = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + sum + ((e & f) ^ (~e & g)) + half(rounds, round) + half(words, round)) | 0;
    const other = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (other + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  addTo(state, 0, a);
  addTo(state, 1, b);
  addTo(state, 2, c);
  addTo(state, 3, d);
  addTo(state, 4, e);
  addTo(state, 5, f);
  addTo(state, 6, g);
  addTo(state, 7, h);
}

function addTo(words: Int32Array, at: number, value: number): void {
  words[at] = half(words, at) + value;
}

/** Words of 64 bits, each as two of 32, the upper one first: numbers of that size would be a hundred times slower. */
class Compress512 implements Compression {
  readonly #state: Int32Array;
  readonly #words = new Int32Array(160);
  readonly #mixed = new Int32Array(16);
  readonly #rounds: Int32Array;
  readonly #bytes: number;

  constructor(bits: 384 | 512) {
    const { start384, start512, rounds } = wideConstants();
    this.#state = Int32Array.from(bits === 384 ? start384 : start512);
    this.#rounds = rounds;
    this.#bytes = bits / 8;
  }

  block(view: DataView, at: number): void {
    const words = this.#words;
    for (let place = 0; place < 32; place += 1) words[place] = view.getInt32(at + 4 * place);
    for (let place = 32; place < 160; place += 2) extend512(words, place);
    const mixed = this.#mixed;
    mixed.set(this.#state);
    for (let place = 0; place < 160; place += 2) mix512(mixed, words, this.#rounds, place);
    for (let place = 0; place < 16; place += 2) {
      const low = lowSum(half(mixed, place + 1), half(this.#state, place + 1));
      put64(this.#state, place, half(mixed, place) + half(this.#state, place) + carry(low), low);
    }
  }

  result(): Uint8Array {
    return inBytes(this.#state).subarray(0, this.#bytes);
  }
}

/** The lower half of a sum, with what it carries above its 32 bits. */
// oxlint-disable-next-line max-params -- the inner loop: an array a call would cost more than the sum
function lowSum(a: number, b: number, c = 0, d = 0, e = 0): number {
  return (a >>> 0) + (b >>> 0) + (c >>> 0) + (d >>> 0) + (e >>> 0);
}

function carry(low: number): number {
  return Math.floor(low / 2 ** 32);
}

// oxlint-disable-next-line max-params -- the inner loop: an object a call would cost more than the sum
function put64(words: Int32Array, at: number, high: number, low: number): void {
  words[at] = high;
  words[at + 1] = low;
}

function extend512(words: Int32Array, at: number): void {
  const [xh, xl] = [half(words, at - 30), half(words, at - 29)];
  const [yh, yl] = [half(words, at - 4), half(words, at - 3)];
  const lowHigh = turned(xh, xl, 1) ^ turned(xh, xl, 8) ^ (xh >>> 7);
  const lowLow = turned(xl, xh, 1) ^ turned(xl, xh, 8) ^ ((xl >>> 7) | (xh << 25));
  const highHigh = turned(yh, yl, 19) ^ turned(yl, yh, 29) ^ (yh >>> 6);
  const highLow = turned(yl, yh, 19) ^ turned(yh, yl, 29) ^ ((yl >>> 6) | (yh << 26));
  const low = lowSum(half(words, at - 31), lowLow, half(words, at - 13), highLow);
  put64(words, at, half(words, at - 32) + lowHigh + half(words, at - 14) + highHigh + carry(low), low);
}

/** One half of a word turned to the right by `bits`, which are fewer than 32; by more, the halves change places. */
function turned(upper: number, lower: number, bits: number): number {
  return (upper >>> bits) | (lower << (32 - bits));
}

// oxlint-disable-next-line max-params -- the inner loop: an object a call would cost more than the sum
function mix512(v: Int32Array, words: Int32Array, rounds: Int32Array, at: number): void {
  const [eh, el] = [half(v, 8), half(v, 9)];
  const [ah, al] = [half(v, 0), half(v, 1)];
  const sumHigh = turned(eh, el, 14) ^ turned(eh, el, 18) ^ turned(el, eh, 9);
  const sumLow = turned(el, eh, 14) ^ turned(el, eh, 18) ^ turned(eh, el, 9);
  const choiceHigh = (eh & half(v, 10)) ^ (~eh & half(v, 12));
  const choiceLow = (el & half(v, 11)) ^ (~el & half(v, 13));
  const firstLow = lowSum(half(v, 15), sumLow, choiceLow, half(rounds, at + 1), half(words, at + 1));
  const firstHigh = half(v, 14) + sumHigh + choiceHigh + half(rounds, at) + half(words, at) + carry(firstLow);
  const otherHigh = turned(ah, al, 28) ^ turned(al, ah, 2) ^ turned(al, ah, 7);
  const otherLow = turned(al, ah, 28) ^ turned(ah, al, 2) ^ turned(ah, al, 7);
  const mostHigh = (ah & half(v, 2)) ^ (ah & half(v, 4)) ^ (half(v, 2) & half(v, 4));
  const mostLow = (al & half(v, 3)) ^ (al & half(v, 5)) ^ (half(v, 3) & half(v, 5));
  const eLow = lowSum(half(v, 7), firstLow);
  const eHigh = half(v, 6) + firstHigh + carry(eLow);
  const aLow = lowSum(firstLow, otherLow, mostLow);
  const aHigh = firstHigh + otherHigh + mostHigh + carry(aLow);
  v.copyWithin(2, 0, 14);
  put64(v, 8, eHigh, eLow);
  put64(v, 0, aHigh, aLow);
}

function inBytes(words: Int32Array): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  for (const [place, value] of words.entries()) viewOf(bytes).setInt32(4 * place, value);
  return bytes;
}

// The constants are the first bits of the fractions of roots of primes, so they are computed rather than listed.
interface NarrowConstants {
  readonly start: Int32Array;
  readonly rounds: Int32Array;
}

let narrow: NarrowConstants | undefined;

/** The constants of 32 bits, of which as many are exact in the numbers of the language. */
function narrowConstants(): NarrowConstants {
  if (narrow !== undefined) return narrow;
  const primes = firstPrimes(64);
  narrow = {
    start: Int32Array.from(primes.slice(0, 8), (prime) => upperHalf(Math.sqrt(prime))),
    rounds: Int32Array.from(primes, (prime) => upperHalf(Math.cbrt(prime))),
  };
  return narrow;
}

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number += 1) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return primes;
}

/** The first 32 bits behind the point. */
function upperHalf(root: number): number {
  return Math.floor((root % 1) * 2 ** 32) | 0;
}

/** The constants of 64 bits. They take long to compute and are seldom needed. */
interface WideConstants {
  readonly start512: Int32Array;
  readonly start384: Int32Array;
  readonly rounds: Int32Array;
}

let knownConstants: WideConstants | undefined;

function wideConstants(): WideConstants {
  if (knownConstants !== undefined) return knownConstants;
  const primes = firstPrimes(80);
  knownConstants = {
    start512: halves(primes.slice(0, 8).map((prime) => fraction(BigInt(prime), 2n))),
    start384: halves(primes.slice(8, 16).map((prime) => fraction(BigInt(prime), 2n))),
    rounds: halves(primes.map((prime) => fraction(BigInt(prime), 3n))),
  };
  return knownConstants;
}

function halves(words: readonly bigint[]): Int32Array {
  return Int32Array.from(words.flatMap((each) => [Number(each >> 32n) | 0, Number(each & 0xffff_ffffn) | 0]));
}

/** The first 64 bits behind the point of a root of `number`. */
function fraction(number: bigint, degree: bigint): bigint {
  const power = number << (64n * degree);
  let [low, high] = [0n, number << 64n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** degree <= power) low = middle;
    else high = middle;
  }
  return BigInt.asUintN(64, low);
}
