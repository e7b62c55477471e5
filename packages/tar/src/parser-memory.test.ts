import assert from "node:assert/strict";
import { test } from "node:test";
import { tarArchive, tarHeader, tarPax } from "@teu/testing/craft-tar";
import { TarParser } from "./parser.ts";

const X = tarHeader({ name: "x" });

test("TarParser needs nothing of a chunk that is used up", () => {
  const archive = tarArchive(X, X, tarPax([["uid", "8"]]), X);
  const parser = new TarParser();
  const found: unknown[] = [];
  const read = (): void => {
    for (let event = parser.next(); event !== "need" && event !== "done"; event = parser.next()) {
      if (event === "entry") found.push([parser.entry.uid, parser.entry.offsets.header]);
    }
  };
  for (let at = 0; at < archive.length; at += 700) {
    const chunk = new Uint8Array(archive.subarray(at, at + 700));
    parser.push(chunk);
    read();
    chunk.buffer.transfer(0);
  }
  parser.end();
  read();
  assert.deepEqual(found, [
    [0, 0],
    [0, 512],
    [8, 2048],
  ]);
});
