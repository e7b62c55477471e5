/** The reader of digests: what it accepts has both parts, which make the same digest again. */
import assert from "node:assert/strict";
import { isDigest, isRegistered, joinDigest, parseDigest, splitDigest } from "@teu/spec/digest";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_DIGEST_INVALID");

export const target: FuzzTarget = {
  name: "digest",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const text = new TextDecoder().decode(input);
    const digest = accepted(() => parseDigest(text));
    assert.equal(isDigest(text), digest !== undefined);
    if (digest === undefined) return;
    const { algorithm, encoded } = splitDigest(digest);
    assert.ok(algorithm !== "" && encoded !== "" && !encoded.includes(":"));
    assert.equal(joinDigest(algorithm, encoded), text);
    if (isRegistered(digest)) assert.match(encoded, /^(?:[0-9a-f]{64}|[0-9a-f]{128})$/);
  },
};

const SEEDS = [
  `sha256:${"0123456789abcdef".repeat(4)}`,
  `sha512:${"0123456789abcdef".repeat(8)}`,
  `blake3:${"0123456789abcdef".repeat(4)}`,
  "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564=",
  "multihash.x_y-z+base58:Qm",
];
