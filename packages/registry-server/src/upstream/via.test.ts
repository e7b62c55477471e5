import assert from "node:assert/strict";
import { test } from "node:test";
import { extendVia, makePseudonym } from "./via.ts";

test("extendVia() adds a registry to those before it, and stops where it has been", () => {
  assert.equal(extendVia(undefined, "a"), "1.1 a");
  assert.equal(extendVia("1.1 a", "b"), "1.1 a, 1.1 b");
  assert.equal(extendVia("1.1 proxy (made by a),HTTP/2  b", "a"), "1.1 proxy (made by a), HTTP/2  b, 1.1 a");
  assert.equal(extendVia("1.1 a, 1.1 b", "a"), undefined);
  assert.equal(extendVia("1.1 b,2.0  a (x)", "a"), undefined);
  assert.equal(extendVia(`1.1 ${"b".repeat(2000)}`, "a"), undefined);
  assert.equal(extendVia("1.1 b\u0000", "a"), undefined);
  assert.notEqual(makePseudonym(), makePseudonym());
});
