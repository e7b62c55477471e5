import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { lanesOf } from "./lanes.ts";

suite("lanes of tests", () => {
  const files = [
    "packages/a/src/x.test.ts",
    "packages/a/src/y.test.ts",
    "packages/b/src/z.test.ts",
    "test/c/w.test.ts",
  ];

  test("every file runs once", () => {
    assert.deepEqual(lanesOf(files, 2, {}).flat().sort(), files);
    assert.deepEqual(lanesOf(files, 1, {}), [["test/c/w.test.ts", ...files.slice(0, 3)]]);
  });

  test("the files of a room stay together, the longest room first", () => {
    const times = { "packages/a/src/x.test.ts": 1500, "packages/a/src/y.test.ts": 1500, "test/c/w.test.ts": 2000 };
    assert.deepEqual(lanesOf(files, 2, times), [files.slice(0, 2), ["test/c/w.test.ts", "packages/b/src/z.test.ts"]]);
  });

  test("there are no empty lanes", () => {
    assert.equal(lanesOf(files.slice(0, 2), 4, {}).length, 1);
  });
});
