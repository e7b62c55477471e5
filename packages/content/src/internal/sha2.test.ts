import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import * as browser from "./hash-engine.browser.ts";
import * as node from "./hash-engine.ts";

const ALGORITHMS = ["sha256", "sha384", "sha512"] as const;

test("hashes without Node are Node's, whatever the length", () => {
  // Around every multiple of a block, where padding goes wrong first.
  for (let length = 0; length <= 300; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 7) % 256);
    for (const algorithm of ALGORITHMS)
      assert.equal(
        browser.hashBytes(algorithm, bytes),
        node.hashBytes(algorithm, bytes),
        `${algorithm} of ${length} bytes`,
      );
  }
});

test("hashes without Node are the same in pieces, of arrays that begin anywhere", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, fc.constantFrom(...ALGORITHMS), fc.nat(5), (chunks, algorithm, skip) => {
      const [ours, theirs] = [browser.createState(algorithm), node.createState(algorithm)];
      for (const chunk of chunks) {
        ours.update(chunk.subarray(skip));
        theirs.update(chunk.subarray(skip));
      }
      assert.equal(ours.hex(), theirs.hex());
    }),
  );
});

test("a chunk may be changed once it was taken in", () => {
  const state = browser.createState("sha256");
  const chunk = new TextEncoder().encode("hello");
  state.update(chunk);
  chunk.fill(0);
  assert.equal(state.hex(), node.hashBytes("sha256", new TextEncoder().encode("hello")));
});
