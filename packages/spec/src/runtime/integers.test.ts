import assert from "node:assert/strict";
import { test } from "node:test";
import { INT32, INT64, UINT16, UINT64, compareIntegers, fitsInteger } from "./integers.ts";

test("fitsInteger() knows the edges of every type", () => {
  for (const type of [INT32, INT64, UINT16, UINT64]) {
    const [min, max] = [BigInt(type.min), BigInt(type.max)];
    for (const value of [min, max, 0n]) assert.ok(fitsInteger(String(value), type), `${value} from ${type.min}`);
    for (const value of [min - 1n, max + 1n])
      assert.ok(!fitsInteger(String(value), type), `${value} not from ${type.min}`);
  }
});

test("compareIntegers() agrees with bigint", () => {
  const literals = ["-100", "-99", "-9", "-1", "0", "-0", "1", "9", "10", "99", "18446744073709551616"];
  for (const a of literals) {
    for (const b of literals) {
      assert.equal(Math.sign(compareIntegers(a, b)), Number(BigInt(a) > BigInt(b)) - Number(BigInt(a) < BigInt(b)));
    }
  }
});
