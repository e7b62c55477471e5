import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type Digest, parseDigest } from "../digest.ts";
import { digestOf } from "./good.test.data.ts";
import { chainIds, imageId } from "./ids.ts";

const sha256 = (bytes: Uint8Array | string): Digest =>
  parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
const [a, b, c] = [digestOf("a"), digestOf("b"), digestOf("c")];

test("chainIds() names each stack by what is below it and its top", () => {
  const ab = sha256(`${a} ${b}`);
  assert.deepEqual(chainIds([a, b, c], sha256), [a, ab, sha256(`${ab} ${c}`)]);
  assert.deepEqual(chainIds([a, b], sha256), [a, ab]);
  assert.deepEqual(chainIds([a], sha256), [a]);
  assert.deepEqual(chainIds([], sha256), []);
});

test("chainIds() refuses a base layer without a digest", () => {
  assertCode(() => chainIds(["sha256:a"], sha256), "ERR_DIGEST_INVALID");
});

test("imageId() is the digest of the configuration as it came", () => {
  assert.equal(imageId(new TextEncoder().encode("{}"), sha256), sha256("{}"));
});
