import assert from "node:assert/strict";
import { test } from "node:test";
import { type TarTime, formatTime, readDecimal, readNumber, readTime } from "./numbers.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const timeOf = (text: string): TarTime => readTime(bytes(text), 0, bytes(text).length);
const field = (...values: number[]): Uint8Array => Uint8Array.from(values);

const FIELDS: readonly (readonly [string | Uint8Array, number])[] = [
  ["0000644\0", 0o644],
  ["0000644 ", 0o644],
  ["   644 \0", 0o644],
  ["   644\0 ", 0o644],
  ["77777777", 0o77777777],
  ["777777777777", 0o777777777777],
  ["\0\0\0\0\0\0\0\0", 0],
  ["        ", 0],
  ["     \0\0\0", 0],
  ["12\0garbage", 0o12],
  ["", 0],
  ["12 3\0", Number.NaN],
  ["129\0", Number.NaN],
  ["\x0012\0", Number.NaN],
  ["+1\0", Number.NaN],
  ["-1\0", Number.NaN],
  ["0x1\0", Number.NaN],
  [field(0x80, 0, 0, 1), 1],
  [field(0x80, 0, 1, 0), 256],
  [field(0xbf, 0), 0x3f00],
  [field(0xff, 0xff, 0xff, 0xff), -1],
  [field(0xff, 0xff, 0xff, 0), -256],
  [field(0x80, 0x1f, 255, 255, 255, 255, 255, 255), Number.MAX_SAFE_INTEGER],
  [field(0x80, 0x20, 0, 0, 0, 0, 0, 0), Number.POSITIVE_INFINITY],
  [field(0xff, 0xe0, 0, 0, 0, 0, 0, 0), Number.MIN_SAFE_INTEGER - 1],
  [field(0xff, 0xdf, 255, 255, 255, 255, 255, 255), Number.NEGATIVE_INFINITY],
];

for (const [value, number] of FIELDS) {
  test(`readNumber() reads ${JSON.stringify(typeof value === "string" ? value : [...value])} as ${number}`, () => {
    const given = typeof value === "string" ? bytes(value) : value;
    assert.equal(readNumber(given, 0, given.length), number);
  });
}

test("readDecimal() takes digits only, up to 2^53-1", () => {
  const read = (text: string): number => readDecimal(bytes(text), 0, text.length);
  assert.equal(read("0042"), 42);
  assert.equal(read("9007199254740991"), Number.MAX_SAFE_INTEGER);
  assert.equal(read("9007199254740992"), Number.POSITIVE_INFINITY);
  assert.equal(read("9".repeat(400)), Number.POSITIVE_INFINITY);
  for (const text of ["", " 1", "1 ", "-1", "+1", "1.", "1e3", "٣"]) assert.equal(read(text), Number.NaN, text);
});

const TIMES: readonly (readonly [string, TarTime])[] = [
  ["0", { seconds: 0, nanoseconds: 0 }],
  ["1350244992", { seconds: 1_350_244_992, nanoseconds: 0 }],
  ["1350244992.023960108", { seconds: 1_350_244_992, nanoseconds: 23_960_108 }],
  ["0.5", { seconds: 0, nanoseconds: 500_000_000 }],
  ["0.000000001", { seconds: 0, nanoseconds: 1 }],
  ["-1", { seconds: -1, nanoseconds: 0 }],
  ["-0.5", { seconds: -1, nanoseconds: 500_000_000 }],
  ["-1.999999999", { seconds: -2, nanoseconds: 1 }],
  ["-62135596800", { seconds: -62_135_596_800, nanoseconds: 0 }],
  ["9007199254740991", { seconds: Number.MAX_SAFE_INTEGER, nanoseconds: 0 }],
];

for (const [text, time] of TIMES) {
  test(`readTime() and formatTime() agree on ${text}`, () => {
    assert.deepEqual(timeOf(text), time);
    assert.equal(formatTime(time), text);
  });
}

test("readTime() cuts digits behind the ninth, and reads an empty fraction and minus zero as zero", () => {
  assert.deepEqual(timeOf("1.9999999999999"), { seconds: 1, nanoseconds: 999_999_999 });
  assert.deepEqual(timeOf("1."), { seconds: 1, nanoseconds: 0 });
  assert.deepEqual(timeOf("-0"), { seconds: 0, nanoseconds: 0 });
});

test("readTime() gives NaN or infinity for what is no time", () => {
  for (const text of ["", "-", ".5", "1.5.5", "1.x", "x", "+1", "1,5"]) {
    assert.equal(timeOf(text).seconds, Number.NaN, text);
  }
  assert.equal(timeOf("9007199254740992").seconds, Number.POSITIVE_INFINITY);
});
