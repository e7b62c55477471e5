import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { formatChunkRange, formatProgress, isChunkRange, parseChunkRange, parseProgress } from "./chunk-range.ts";

test("parseChunkRange() reads the form of the specification, and that of HTTP for those who send it", () => {
  for (const value of ["0-1023", " 0-1023 ", "bytes 0-1023/4096", "bytes 0-1023/*", "bytes=0-1023", "0-1023/4096"]) {
    assert.deepEqual(parseChunkRange(value), { first: 0, last: 1023 }, value);
    assert.equal(isChunkRange(value), value === "0-1023", value);
  }
});

test("parseChunkRange() refuses what is none", () => {
  const wrong = ["", "0", "0-", "-5", "5-4", "0-5,6-7", "a-b", "0--1", "0 - 5", "items 0-5", "0x0-0x5", "0-1e3"];
  for (const value of [...wrong, "0-9007199254740992", "0-".padEnd(1000, "9"), "0-5\n0-6"]) {
    assert.throws(() => parseChunkRange(value), { code: "ERR_HEADER_INVALID" }, value);
  }
});

test("parseChunkRange() reads what formatChunkRange() writes", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      const range = { first: Math.min(a, b), last: Math.max(a, b) };
      assert.deepEqual(parseChunkRange(formatChunkRange(range)), range);
    }),
  );
});

test("parseProgress() counts the bytes that arrived, and says where 0-0 may mean none", () => {
  const rows: readonly (readonly [string, number, boolean])[] = [
    ["0-1023", 1024, false],
    ["bytes=0-1023", 1024, false],
    ["bytes 0-1023/*", 1024, false],
    ["0-0", 1, true],
    ["bytes=0-0", 1, true],
    ["0-1", 2, false],
    ["0--1", 0, false],
    ["", 0, false],
  ];
  for (const [value, bytes, maybeNone] of rows) assert.deepEqual(parseProgress(value), { bytes, maybeNone }, value);
});

test("parseProgress() refuses what is none", () => {
  for (const value of ["1-5", "0", "0-", "0-9007199254740991", "0--2", "x"]) {
    assert.throws(() => parseProgress(value), { code: "ERR_HEADER_INVALID" }, value);
  }
});

test("formatProgress() writes what parseProgress() reads", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      assert.deepEqual(parseProgress(formatProgress(bytes)), { bytes, maybeNone: false });
    }),
  );
  assert.deepEqual([0, 1, 2].map(formatProgress), ["0-0", "0-0", "0-1"]);
});
