/** Ranges of pulls and of uploads: what was read stays inside of the content and is written so that the same is read again. */
import assert from "node:assert/strict";
import { formatChunkRange, formatProgress, parseChunkRange, parseProgress } from "@teu/spec/distribution/chunk-range";
import {
  formatContentRange,
  formatRange,
  parseContentRange,
  parseRange,
  resolveRanges,
} from "@teu/spec/distribution/range";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_HEADER_INVALID");

export const target: FuzzTarget = {
  name: "distribution-range",
  *seeds() {
    for (const text of SEEDS) yield Buffer.from(text, "latin1");
  },
  run(input) {
    const value = Buffer.from(input).toString("latin1");
    const specs = accepted(() => parseRange(value));
    if (specs !== undefined) checkRanges(specs);
    const contentRange = accepted(() => parseContentRange(value));
    if (contentRange !== undefined) assert.deepEqual(parseContentRange(formatContentRange(contentRange)), contentRange);
    const chunk = accepted(() => parseChunkRange(value));
    if (chunk !== undefined) assert.deepEqual(parseChunkRange(formatChunkRange(chunk)), chunk);
    const progress = accepted(() => parseProgress(value));
    if (progress !== undefined) assert.ok(parseProgress(formatProgress(progress.bytes)).bytes >= progress.bytes);
  },
};

function checkRanges(specs: NonNullable<ReturnType<typeof parseRange>>): void {
  assert.deepEqual(parseRange(formatRange(specs)), specs);
  for (const size of [0, 1, 500, Number.MAX_SAFE_INTEGER]) {
    const ranges = resolveRanges(specs, size);
    if (ranges === "whole") assert.equal(size, 0);
    else assert.ok(ranges.every(({ first, last }) => first >= 0 && first <= last && last < size));
  }
}

const SEEDS = [
  "bytes=0-0,-1, 500-",
  "bytes 42-1233/1234",
  "bytes */1234",
  "bytes 0-5/*",
  "0-1023",
  "0-0",
  "0--1",
  "items=0-5",
];
