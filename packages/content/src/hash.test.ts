import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseDigest } from "@teu/spec/digest";
import { assertCode } from "@teu/testing/assert-code";
import { canVerify, createHasher, digestBytes, hasherLike } from "./hash.ts";

test("sha256, sha384 and sha512 are the engine's", () => {
  const bytes = new TextEncoder().encode("{}");
  for (const algorithm of ["sha256", "sha384", "sha512"]) {
    const expected = `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
    assert.equal(digestBytes(bytes, algorithm), expected);
  }
});

// Input of length n is the bytes 0 to 250 over and over.
const BLAKE3: readonly (readonly [number, string])[] = [
  [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
  [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
  [64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98"],
  [65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee"],
  [1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"],
  [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
  [1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
  [2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"],
  [2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"],
  [3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"],
  [3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"],
  [4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969"],
  [5121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"],
  [102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"],
];

test("blake3 of known inputs, in one piece and in many", () => {
  for (const [length, expected] of BLAKE3) {
    const bytes = Uint8Array.from({ length }, (_, at) => at % 251);
    assert.equal(digestBytes(bytes, "blake3"), `blake3:${expected}`, `${length} bytes`);
    const hasher = createHasher("blake3");
    for (let at = 0; at < length; at += 37) hasher.update(bytes.subarray(at, at + 37));
    assert.equal(hasher.digest(), `blake3:${expected}`, `${length} bytes in pieces`);
  }
});

test("an algorithm that cannot be computed is named in the error", () => {
  const digest = parseDigest("md6:abc");
  assert.equal(canVerify(digest), false);
  const error = assertCode(() => hasherLike(digest), "ERR_DIGEST_UNSUPPORTED");
  assert.match(error.message, /"md6"/);
});
