/**
 * Makes new inputs from old ones.
 * @module
 */
import type { Random } from "./random.ts";

const TOKENS = [
  "0",
  "-1",
  "1e9",
  "9007199254740993",
  "18446744073709551616",
  "null",
  "true",
  "{}",
  "[]",
  '""',
  '"',
  "\\u0000",
  "\\ud800",
  "__proto__",
  "..",
  "/",
  "//",
  "%2e%2e",
  "%00",
  "\r\n",
  "\u0000",
  "\ufeff",
  ":",
  "@",
  ",",
  ";",
  "=",
  "sha256:",
  "-",
  "~",
  "*",
  "é",
  "\u202e",
  "😀",
  "0000000",
  "7777777",
  "ustar",
  "path=",
  "30 mtime=1\n",
].map((token) => new TextEncoder().encode(token));
const BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x0a, 0x22, 0x5c, 0x2f, 0x3a];
const MAX_GROWTH = 4096;

type Mutation = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  setByte,
  addToByte,
  insertToken,
  insertToken,
  overwriteWithToken,
  removeRange,
  removeRange,
  repeatRange,
  spliceWith,
  insertFrom,
  cut,
  swapRanges,
  deepen,
  digitRun,
];

/** One to eight mutations of `input`; `other` is a second input to take pieces from. At most `maxLength` bytes. */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random, maxLength: number): Uint8Array {
  let output = input;
  for (let rounds = 1 << random.below(4); rounds > 0; rounds--) output = random.pick(MUTATIONS)(output, random, other);
  return output.subarray(0, maxLength);
}

function flipBit(input: Uint8Array, random: Random): Uint8Array {
  const output = input.slice();
  const at = random.below(output.length);
  output[at] = (output[at] ?? 0) ^ (1 << random.below(8));
  return output;
}

function setByte(input: Uint8Array, random: Random): Uint8Array {
  const output = input.slice();
  output[random.below(output.length)] = random.below(2) === 0 ? random.pick(BYTES) : random.below(256);
  return output;
}

function addToByte(input: Uint8Array, random: Random): Uint8Array {
  const output = input.slice();
  const at = random.below(output.length);
  output[at] = (output[at] ?? 0) + random.below(9) - 4;
  return output;
}

function insertToken(input: Uint8Array, random: Random): Uint8Array {
  return insertAt(input, random.below(input.length + 1), random.pick(TOKENS));
}

function overwriteWithToken(input: Uint8Array, random: Random): Uint8Array {
  const token = random.pick(TOKENS);
  const at = random.below(input.length + 1);
  return join(input.subarray(0, at), token, input.subarray(at + token.length));
}

function removeRange(input: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(input, random);
  return join(input.subarray(0, start), input.subarray(end));
}

function repeatRange(input: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(input, random);
  const piece = input.subarray(start, Math.min(end, start + 256));
  const copies = 1 + random.below(Math.max(1, Math.floor(MAX_GROWTH / Math.max(1, piece.length))));
  return insertAt(input, end, join(...Array.from({ length: Math.min(copies, 64) }, () => piece)));
}

function spliceWith(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  return join(input.subarray(0, random.below(input.length + 1)), other.subarray(random.below(other.length + 1)));
}

function insertFrom(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const [start, end] = range(other, random);
  return insertAt(input, random.below(input.length + 1), other.subarray(start, Math.min(end, start + MAX_GROWTH)));
}

function cut(input: Uint8Array, random: Random): Uint8Array {
  return input.slice(0, random.below(input.length + 1));
}

function swapRanges(input: Uint8Array, random: Random): Uint8Array {
  const [start, middle] = range(input, random);
  const end = middle + random.below(input.length - middle + 1);
  return join(
    input.subarray(0, start),
    input.subarray(middle, end),
    input.subarray(start, middle),
    input.subarray(end),
  );
}

/** Nests: many opening brackets in a row. */
function deepen(input: Uint8Array, random: Random): Uint8Array {
  const bracket = new TextEncoder().encode(random.pick(["[", '{"a":', "(", "[[", '[{"a":']));
  return insertAt(
    input,
    random.below(input.length + 1),
    join(...Array.from({ length: 1 + random.below(300) }, () => bracket)),
  );
}

/** Replaces a run of digits by another number. */
function digitRun(input: Uint8Array, random: Random): Uint8Array {
  const text = Buffer.from(input).toString("latin1");
  const runs = [...text.matchAll(/[0-9]+/g)];
  if (runs.length === 0) return setByte(input, random);
  const run = random.pick(runs);
  const number = random.pick([
    "0",
    "1",
    "-1",
    "255",
    "65536",
    "2147483648",
    "4294967296",
    "9007199254740992",
    "99999999999999999999",
    "00",
    "1.5",
  ]);
  return join(input.subarray(0, run.index), Buffer.from(number), input.subarray(run.index + run[0].length));
}

function range(input: Uint8Array, random: Random): [number, number] {
  const start = random.below(input.length + 1);
  const length = random.below(3) === 0 ? random.below(input.length + 1) : random.below(17);
  return [start, Math.min(input.length, start + length)];
}

function insertAt(input: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  return join(input.subarray(0, at), piece, input.subarray(at));
}

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}
