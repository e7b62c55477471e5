/**
 * XSalsa20 and Poly1305, of which Node has neither alone. For key files only: short messages, one at a time.
 * @see {@link https://cr.yp.to/snuffle/xsalsa-20110204.pdf}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8439#section-2.5}
 * @module
 */

const BLOCK_BYTES = 64;
// "expand 32-byte k" as four little-endian words.
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

type Words = Uint32Array<ArrayBuffer>;

/** The key stream of XSalsa20 for a key of 32 bytes and a nonce of 24. */
export function xsalsa20(key: Uint8Array, nonce: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const subkey = hsalsa20(key, nonce.subarray(0, 16));
  const stream = new Uint8Array(Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES);
  const input = initialState(subkey, new Uint8Array([...nonce.subarray(16, 24), ...new Uint8Array(8)]));
  for (let block = 0; block * BLOCK_BYTES < length; block += 1) {
    input[8] = block;
    const output = permute(input);
    const view = new DataView(stream.buffer, block * BLOCK_BYTES, BLOCK_BYTES);
    for (let at = 0; at < 16; at += 1) view.setUint32(4 * at, word(output, at) + word(input, at), true);
  }
  return stream.subarray(0, length);
}

function hsalsa20(key: Uint8Array, input: Uint8Array): Uint8Array<ArrayBuffer> {
  const output = permute(initialState(key, input));
  const subkey = new Uint8Array(32);
  const view = new DataView(subkey.buffer);
  for (const [at, from] of [0, 5, 10, 15, 6, 7, 8, 9].entries()) view.setUint32(4 * at, word(output, from), true);
  return subkey;
}

function initialState(key: Uint8Array, input: Uint8Array): Words {
  const [k, n] = [readWords(key), readWords(input)];
  const [a, b, c, d] = SIGMA;
  return Uint32Array.of(a, ...k.subarray(0, 4), b, ...n, c, ...k.subarray(4, 8), d);
}

function readWords(bytes: Uint8Array): Words {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(4 * at, true));
}

const COLUMNS = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
] as const;
const ROWS = [
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;

/** Twenty rounds, without the addition of the input at the end. */
function permute(input: Words): Words {
  const x = Uint32Array.from(input);
  for (let round = 0; round < 10; round += 1) {
    for (const lanes of COLUMNS) quarterRound(x, lanes);
    for (const lanes of ROWS) quarterRound(x, lanes);
  }
  return x;
}

function quarterRound(x: Words, [a, b, c, d]: readonly [number, number, number, number]): void {
  mix(x, b, word(x, a) + word(x, d), 7);
  mix(x, c, word(x, b) + word(x, a), 9);
  mix(x, d, word(x, c) + word(x, b), 13);
  mix(x, a, word(x, d) + word(x, c), 18);
}

function mix(x: Words, at: number, sum: number, bits: number): void {
  const value = sum >>> 0;
  x[at] = word(x, at) ^ ((value << bits) | (value >>> (32 - bits)));
}

function word(x: Words, at: number): number {
  return x[at] ?? 0;
}

const PRIME = (1n << 130n) - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;
const TAG_MASK = (1n << 128n) - 1n;

/** The Poly1305 tag of a message under a key of 32 bytes that is used once. */
export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const [r, s] = [littleEndian(key.subarray(0, 16)) & CLAMP, littleEndian(key.subarray(16, 32))];
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * r) % PRIME;
  }
  const hex = ((sum + s) & TAG_MASK).toString(16).padStart(32, "0");
  return new Uint8Array(Buffer.from(hex, "hex")).toReversed();
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);
}
