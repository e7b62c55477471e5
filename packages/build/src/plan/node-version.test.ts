import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { majorOf } from "./node-version.ts";

const RANGES: readonly (readonly [string, number | undefined])[] = [
  ["", 24],
  ["*", 24],
  [">=18", 24],
  ["^20.1.0", 20],
  ["20.x", 20],
  ["v22.11.0", 22],
  ["22", 22],
  ["~18.2", 18],
  [">=18 <21", 20],
  [">= 18.0.0 < 23", 22],
  ["18 - 20", 20],
  ["16 || 18 || 20", 20],
  ["<22", 20],
  ["<22.5", 22],
  [">22", 24],
  ["lts/*", 24],
  ["lts/iron", undefined],
  [">=99", undefined],
];

suite("majors of Node.js", () => {
  for (const [range, major] of RANGES) test(`"${range}"`, () => assert.equal(majorOf(range), major));
});
