import assert from "node:assert/strict";
import { test } from "node:test";
import { pieceBytes } from "./piece-bytes.ts";

test("pieces are smaller where many files are sent", () => {
  assert.deepEqual(
    [1, 64, 65, 128, 1000, 10_000].map((files) => pieceBytes(files) / 1024),
    [256, 256, 128, 128, 16, 16],
  );
});
