import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test } from "node:test";
import { IntegrityCheck, parseIntegrity } from "./integrity.ts";

const of = (algorithm: string, text: string): string =>
  `${algorithm}-${createHash(algorithm).update(text).digest("base64")}`;

function passes(integrity: string, text: string): boolean {
  const check = new IntegrityCheck(parseIntegrity(integrity));
  check.update(new TextEncoder().encode(text));
  return check.finish().passes;
}

suite("integrity", () => {
  test("the strongest digest counts, and any of that kind", () => {
    assert.equal(passes(`${of("sha1", "other")} ${of("sha512", "x")}`, "x"), true);
    assert.equal(passes(`${of("sha1", "x")} ${of("sha512", "other")}`, "x"), false);
    assert.equal(passes(`${of("sha512", "other")} ${of("sha512", "x")}?opt`, "x"), true);
    assert.equal(passes(of("sha1", "x"), "x"), true);
  });

  test("what is no digest is none", () => {
    for (const text of ["", "md5-xxxx", "sha512-", "sha512-AAAA", "sha256 x"])
      assert.deepEqual(parseIntegrity(text), [], text);
  });
});
