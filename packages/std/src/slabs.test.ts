import assert from "node:assert/strict";
import { test } from "node:test";
import { adoptSlab, endSlab, giveBack, takeSlab } from "@teu/std/slabs";

const BYTES = 12_345;

test("memory is used again when all that was handed out of it is back, and not before", () => {
  const slab = takeSlab(BYTES);
  const [first, second] = [slab.subarray(0, 1000), slab.subarray(1000, 3000)];
  giveBack(first);
  endSlab(slab, 3000);
  assert.notEqual(takeSlab(BYTES).buffer, slab.buffer);
  giveBack(second);
  const again = takeSlab(BYTES);
  assert.equal(again.buffer, slab.buffer);
  assert.equal(again.length, BYTES);
});

test("what is still being handed out, or is of others, or is given back twice, is not used again", () => {
  const open = takeSlab(BYTES);
  giveBack(open.subarray(0, 10));
  assert.notEqual(takeSlab(BYTES).buffer, open.buffer);
  const foreign = new Uint8Array(BYTES);
  giveBack(foreign);
  endSlab(foreign, BYTES);
  assert.notEqual(takeSlab(BYTES).buffer, foreign.buffer);
  const twice = takeSlab(BYTES);
  endSlab(twice, 20);
  giveBack(twice.subarray(0, 20));
  giveBack(twice.subarray(0, 20));
  const [one, other] = [takeSlab(BYTES), takeSlab(BYTES)];
  assert.notEqual(one.buffer, other.buffer);
});

test("only so much is held", () => {
  // What other tests of this process have given back takes room too.
  for (const bytes of [512 * 1024, 2 * 1024 * 1024]) for (let count = 0; count < 64; count += 1) takeSlab(bytes);
  const slabs = Array.from({ length: 40 }, () => takeSlab(1024 * 1024));
  for (const slab of slabs) {
    endSlab(slab, slab.length);
    giveBack(slab);
  }
  const again = new Set(Array.from({ length: 40 }, () => takeSlab(1024 * 1024).buffer));
  assert.equal(slabs.filter(({ buffer }) => again.has(buffer)).length, 16);
});

test("memory of others is freed when all that was handed out of it is back", () => {
  const made = new Uint8Array(BYTES);
  adoptSlab(made);
  const [first, second] = [made.subarray(0, 1000), made.subarray(1000)];
  giveBack(first);
  adoptSlab(made);
  endSlab(made, BYTES);
  assert.equal(made.length, BYTES);
  giveBack(second);
  assert.equal(made.length, 0);
  assert.notEqual(takeSlab(BYTES).length, 0);
});
