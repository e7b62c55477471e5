/** Rows that agree with digest_test.go of github.com/opencontainers/go-digest, and properties. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import * as fc from "fast-check";
import {
  DIGEST_ALGORITHMS,
  type DigestReason,
  digestProblem,
  isDigest,
  isRegistered,
  joinDigest,
  parseDigest,
  splitDigest,
} from "./digest.ts";

const HEX = "e58fcf7418d4390dec8e8fb69d88c06ec07039d651fedd3aa72af9972e7d046b";
const HEX_384 = "d3fc7881460b7e22e3d172954463dddd7866d17597e7248453c48b3e9d26d9596bf9c4a9cf8072c9d5bad76e19af801d";
const MD5 = "d41d8cd98f00b204e9800998ecf8427e";

/** What upstream calls unsupported is a digest of an algorithm that is not registered here. */
const GOOD: readonly (readonly [algorithm: string, encoded: string, registered: boolean])[] = [
  ["sha256", HEX, true],
  ["sha384", HEX_384, false],
  ["foo", MD5, false],
  ["sha384.foo+bar", HEX_384, false],
  ["sha384_foo+bar", HEX_384, false],
  ["sha256+b64", "LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564", false],
  ["sha512", "0123456789abcdef".repeat(8), true],
  ["blake3", HEX, true],
  ["multihash+base58", "QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8", false],
  ["a", "=", false],
];

test("parseDigest reads digests of any algorithm", () => {
  for (const [algorithm, encoded, registered] of GOOD) {
    const digest = parseDigest(`${algorithm}:${encoded}`);
    assert.deepEqual(splitDigest(digest), { algorithm, encoded });
    assert.equal(joinDigest(algorithm, encoded), digest);
    assert.equal(isRegistered(digest), registered, digest);
  }
});

const BAD: readonly (readonly [text: string, reason: DigestReason])[] = [
  ["", "grammar"],
  ["     ", "grammar"],
  ["sha256:", "grammar"],
  [`sha256:${" ".repeat(64)}`, "encoding"],
  [":", "grammar"],
  [MD5, "grammar"],
  ["sha256:d41d8cd98f00b204e9800m98ecf8427e", "length"],
  ["sha256:abcdef0123456789", "length"],
  [`sha512:${"abcdef0123456789".repeat(4)}`, "length"],
  [`sha384__foo+bar:${HEX_384}`, "grammar"],
  [`sha256:${HEX.toUpperCase()}`, "encoding"],
  [`blake3:${HEX.toUpperCase()}`, "encoding"],
  [`blake3:${HEX}00`, "length"],
  [`SHA256:${HEX}`, "grammar"],
  [`+sha256:${HEX}`, "grammar"],
  [`sha256+:${HEX}`, "grammar"],
  [`sha256-foo:${HEX}!`, "grammar"],
  [`sha256+foo+-b:${HEX}`, "grammar"],
  [`foo:${HEX}:`, "grammar"],
  [`sha256:${HEX}\n`, "length"],
  [`foo:${HEX}\n`, "grammar"],
];

test("parseDigest says why it refuses a text", () => {
  for (const [text, reason] of BAD) {
    assert.deepEqual(assertCode(() => parseDigest(text), "ERR_DIGEST_INVALID").detail, { reason }, text);
    assert.ok(!isDigest(text), text);
  }
});

test("the message names the text, what it has and what was expected", () => {
  const { message } = assertCode(() => parseDigest("sha256:00"), "ERR_DIGEST_INVALID");
  assert.equal(message, 'Reading digest "sha256:00": 2 characters, expected 64 lower-case hex digits for sha256');
  const long = assertCode(() => parseDigest("x".repeat(1_000_000)), "ERR_DIGEST_INVALID");
  assert.ok(long.message.length < 500);
});

test("joinDigest refuses parts that would move the colon", () => {
  assertCode(() => joinDigest("sha256:a", HEX), "ERR_DIGEST_INVALID");
  assertCode(() => joinDigest("", HEX), "ERR_DIGEST_INVALID");
});

test("a text of a million characters is judged at once", () => {
  for (const part of ["a", "a+", "a:", "=", "sha256:"]) digestProblem(part.repeat(1_000_000));
  assert.ok(isDigest(`${"a.".repeat(50_000)}a:${"b".repeat(100_000)}`));
});

test("every text is judged, and digests are taken apart and put together without loss", () => {
  const algorithm = fc.stringMatching(/^[a-z0-9]{1,6}(?:[+._-][a-z0-9]{1,6}){0,3}$/);
  const encoded = fc.stringMatching(/^[a-zA-Z0-9=_-]{1,80}$/);
  fc.assert(
    fc.property(algorithm, encoded, (name, hash) => {
      fc.pre(!DIGEST_ALGORITHMS.has(name));
      assert.deepEqual(splitDigest(parseDigest(`${name}:${hash}`)), { algorithm: name, encoded: hash });
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (isDigest(text)) assert.equal(joinDigest(splitDigest(text).algorithm, splitDigest(text).encoded), text);
    }),
  );
});
