import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { versionFilter } from "./version-range.ts";

const TAGS =
  "v0.0.3 0.0.4 0.2.3 0.2.9 0.3.0 1.0.0 1.1 1.2.0 1.2.3 1.2.4-rc.1 1.2.4 1.3.0 2 2.0.0-beta 2.1.0 latest 1.x".split(
    " ",
  );

const RANGES: readonly (readonly [range: string, taken: string])[] = [
  ["1.2.3", "1.2.3"],
  ["=1.2", "1.2.0 1.2.3 1.2.4"],
  ["1.2.x", "1.2.0 1.2.3 1.2.4"],
  ["!= 1.2, 1.x", "1.0.0 1.1 1.3.0"],
  [">1.2", "1.3.0 2 2.1.0"],
  [">1.2.3 <2", "1.2.4 1.3.0"],
  [">= 1.2, < 1.3", "1.2.0 1.2.3 1.2.4"],
  ["<=1.2.3 >=1.1", "1.1 1.2.0 1.2.3"],
  ["<=0.2", "v0.0.3 0.0.4 0.2.3 0.2.9"],
  ["~1.2.3", "1.2.3 1.2.4"],
  ["~> 1", "1.0.0 1.1 1.2.0 1.2.3 1.2.4 1.3.0"],
  ["^1.2", "1.2.0 1.2.3 1.2.4 1.3.0"],
  ["^0.2.3", "0.2.3 0.2.9"],
  ["^0.0.3", "v0.0.3"],
  ["^0.0", "v0.0.3 0.0.4"],
  ["1.1 - 1.2.3", "1.1 1.2.0 1.2.3"],
  ["1.1 - 1.2", "1.1 1.2.0 1.2.3 1.2.4"],
  ["0.3.0 || ^2", "0.3.0 2 2.1.0"],
  [">=1.2.4-rc.1 <1.3", "1.2.4"],
  [">=1.2.4-rc.1", "1.2.4-rc.1 1.2.4 1.3.0 2 2.0.0-beta 2.1.0"],
  ["1.2.4-rc.1", "1.2.4-rc.1"],
  [">=2.0.0-alpha <2.0.0-rc", "2.0.0-beta"],
];

suite("versionFilter()", () => {
  for (const [range, taken] of RANGES)
    test(range, () => assert.deepEqual(TAGS.filter(versionFilter(range)).join(" "), taken));

  test("takes every version for a star, and no other tag", () => {
    assert.deepEqual(
      TAGS.filter((tag) => !versionFilter("*")(tag)),
      ["1.2.4-rc.1", "2.0.0-beta", "latest", "1.x"],
    );
  });

  test("refuses what is no range", () => {
    for (const range of ["latest", ">", "1.2.3.4", ">= 1 << 2", "~", "1..2", "x".repeat(1000)])
      assert.throws(() => versionFilter(range), SyntaxError, range);
  });
});
