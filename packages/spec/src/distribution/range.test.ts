import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type ByteRange,
  type ContentRange,
  MAX_RANGES,
  type RangeSpec,
  formatContentRange,
  formatRange,
  parseContentRange,
  parseRange,
  resolveRanges,
} from "./range.ts";

const range = (first: number, last: number): ByteRange => ({ first, last });

test("parseRange() and resolveRanges() agree with the examples of RFC 9110 section 14.1.2", () => {
  const rows: readonly (readonly [string, readonly ByteRange[]])[] = [
    ["bytes=0-499", [range(0, 499)]],
    ["bytes=500-999", [range(500, 999)]],
    ["bytes=-500", [range(9500, 9999)]],
    ["bytes=9500-", [range(9500, 9999)]],
    ["bytes=0-0,-1", [range(0, 0), range(9999, 9999)]],
    ["bytes= 0-0, -2", [range(0, 0), range(9998, 9999)]],
    ["bytes= 0-999, 4500-5499, -1000", [range(0, 999), range(4500, 5499), range(9000, 9999)]],
    ["bytes=500-600,601-999", [range(500, 600), range(601, 999)]],
  ];
  for (const [value, ranges] of rows) assert.deepEqual(resolveRanges(parseRange(value) ?? [], 10_000), ranges, value);
});

test("resolveRanges() cuts at the end, and finds nothing behind it", () => {
  const rows: readonly (readonly [string, number, readonly ByteRange[] | "whole"])[] = [
    ["bytes=5-99", 10, [range(5, 9)]],
    ["bytes=0-99999999999999999999999", 10, [range(0, 9)]],
    ["bytes=-99", 10, [range(0, 9)]],
    ["bytes=10-", 10, []],
    ["bytes=10-11", 10, []],
    ["bytes=99999999999999999999999-", 10, []],
    ["bytes=-0", 10, []],
    ["bytes=10-11,9-", 10, [range(9, 9)]],
    ["bytes=0-", 0, []],
    ["bytes=0-0", 0, []],
    ["bytes=-5", 0, "whole"],
    ["bytes=-0", 0, []],
  ];
  for (const [value, size, ranges] of rows)
    assert.deepEqual(resolveRanges(parseRange(value) ?? [], size), ranges, value);
});

test("parseRange() leaves other units alone and refuses malformed ranges", () => {
  assert.equal(parseRange("items=0-5"), undefined);
  assert.deepEqual(parseRange("BYTES=0-5"), [range(0, 5)]);
  const wrong = ["", "0-5", "bytes", "bytes 0-5", "bytes=", "bytes=,", "bytes=5", "bytes=-", "bytes=5-4", "bytes=a-b"];
  for (const value of [...wrong, "bytes=0-5-6", "bytes=--5", "bytes=+1-2", "bytes=0 - 5", "bytes=0x1-2"]) {
    assert.throws(() => parseRange(value), { code: "ERR_HEADER_INVALID" }, value);
  }
});

const many = (count: number): string => `bytes=${Array.from({ length: count }, () => "0-").join(",")}`;

test("parseRange() bounds the number of ranges", () => {
  assert.equal(parseRange(many(MAX_RANGES))?.length, MAX_RANGES);
  assert.throws(() => parseRange(many(MAX_RANGES + 1)), { message: /more than 16 ranges/ });
});

const position = fc.maxSafeNat();
const byteRange = fc.tuple(position, position).map(([a, b]) => range(Math.min(a, b), Math.max(a, b)));
const spec: fc.Arbitrary<RangeSpec> = fc.oneof(
  byteRange,
  position.map((first) => ({ first })),
  position.map((suffix) => ({ suffix })),
);

test("parseRange() reads what formatRange() writes", () => {
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: MAX_RANGES }), (specs) => {
      assert.deepEqual(parseRange(formatRange(specs)), specs);
    }),
  );
});

test("resolveRanges() stays inside of the content", () => {
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 4 }), fc.nat(1000), (specs, size) => {
      const ranges = resolveRanges(specs, size);
      if (ranges === "whole") return size === 0;
      return ranges.every(({ first, last }) => first >= 0 && first <= last && last < size);
    }),
  );
});

test("parseContentRange() agrees with the examples of RFC 9110 section 14.4", () => {
  const rows: readonly (readonly [string, ContentRange])[] = [
    ["bytes 42-1233/1234", { range: range(42, 1233), size: 1234 }],
    ["bytes 42-1233/*", { range: range(42, 1233) }],
    ["bytes */1234", { size: 1234 }],
    ["bytes 0-0/1", { range: range(0, 0), size: 1 }],
  ];
  for (const [value, contentRange] of rows) {
    assert.deepEqual(parseContentRange(value), contentRange, value);
    assert.equal(formatContentRange(contentRange), value);
  }
});

test("parseContentRange() refuses what is none or cannot be", () => {
  const wrong = ["", "0-5", "bytes=0-5/6", "bytes 0-5", "bytes 5-4/9", "bytes 0-5/5", "bytes */*", "bytes 0-/5"];
  for (const value of [...wrong, "items 0-5/6", "bytes 0-9007199254740992/*", "bytes 1-2/9".padEnd(99, "9")]) {
    assert.throws(() => parseContentRange(value), { code: "ERR_HEADER_INVALID" }, value);
  }
});
