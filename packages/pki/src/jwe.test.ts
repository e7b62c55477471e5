import assert from "node:assert/strict";
import { type KeyObject, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { isTeuError } from "@teu/std/error";
import { openJwe, writeJwe } from "./jwe.ts";
import { type JweAlgorithm, deriveKey, wrapKey } from "./jwe-keys.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const curves = ["P-256", "P-384", "P-521"].map((namedCurve) => generateKeyPairSync("ec", { namedCurve }));
const [p256, p384] = curves;
const secret = new TextEncoder().encode("what the layer is encrypted with");

function opened(text: string, key: KeyObject): string | undefined {
  const plain = openJwe(text, key);
  return plain === undefined ? undefined : new TextDecoder().decode(plain);
}

describe("JWE", () => {
  const cases: readonly (readonly [JweAlgorithm | undefined, typeof rsa | undefined])[] = [
    [undefined, rsa],
    ["RSA-OAEP-256", rsa],
    ...curves.map((pair) => [undefined, pair] as const),
    ["ECDH-ES+A128KW", p256],
    ["ECDH-ES+A192KW", p384],
  ];
  for (const [algorithm, pair] of cases) {
    const { asymmetricKeyDetails: details } = pair?.publicKey ?? {};
    test(`${algorithm ?? "the default"} for ${details?.namedCurve ?? "RSA"}`, () => {
      assert.ok(pair);
      const jwe = writeJwe(secret, [{ key: pair.publicKey, algorithm }]);
      assert.equal(opened(jwe, pair.privateKey), new TextDecoder().decode(secret));
      assert.equal(opened(jwe, otherRsa.privateKey), undefined);
      const other = generateKeyPairSync("ec", { namedCurve: details?.namedCurve ?? "P-256" });
      assert.equal(opened(jwe, other.privateKey), undefined);
    });
  }

  test("is for each of several, in the general form; for one in the flattened form", () => {
    assert.ok(p256);
    const jwe = writeJwe(secret, [{ key: rsa.publicKey }, { key: p256.publicKey }]);
    for (const { privateKey } of [rsa, p256]) assert.ok(opened(jwe, privateKey) !== undefined);
    assert.equal(opened(jwe, otherRsa.privateKey), undefined);
    assert.deepEqual(Object.keys(JSON.parse(jwe)), ["protected", "recipients", "iv", "ciphertext", "tag"]);
    const one: unknown = JSON.parse(writeJwe(secret, [{ key: rsa.publicKey }]));
    assert.deepEqual(Object.keys(Object(one)), ["protected", "encrypted_key", "iv", "ciphertext", "tag"]);
  });

  test("reads the compact form", () => {
    const jwe = JSON.parse(writeJwe(secret, [{ key: rsa.publicKey }]));
    const compact = [jwe.protected, jwe.encrypted_key, jwe.iv, jwe.ciphertext, jwe.tag].join(".");
    assert.ok(opened(compact, rsa.privateKey) !== undefined);
  });

  test("what was changed does not open, whichever part it is", () => {
    assert.ok(p256);
    for (const { publicKey, privateKey } of [rsa, p256]) {
      const jwe = JSON.parse(writeJwe(secret, [{ key: publicKey }]));
      for (const part of ["encrypted_key", "iv", "ciphertext", "tag"]) {
        const bytes = Buffer.from(jwe[part], "base64url");
        bytes[0] = (bytes[0] ?? 0) ^ 1;
        const changed = JSON.stringify({ ...jwe, [part]: bytes.toString("base64url") });
        assert.equal(opened(changed, privateKey), undefined, part);
      }
      assert.equal(opened(JSON.stringify({ ...jwe, tag: "" }), privateKey), undefined);
      assert.equal(opened(JSON.stringify({ ...jwe, tag: jwe.tag.slice(0, 8) }), privateKey), undefined);
      assert.equal(opened(JSON.stringify({ ...jwe, aad: "eA" }), privateKey), undefined);
    }
  });

  test("refuses what it does not know instead of leaving it out", () => {
    assert.ok(p256);
    const jwe = JSON.parse(writeJwe(secret, [{ key: rsa.publicKey }]));
    const withHeader = (fields: object): string => {
      const header = { ...JSON.parse(Buffer.from(jwe.protected, "base64url").toString()), ...fields };
      return JSON.stringify({ ...jwe, protected: Buffer.from(JSON.stringify(header)).toString("base64url") });
    };
    const refused = [
      withHeader({ crit: ["exp"] }),
      withHeader({ zip: "DEF" }),
      JSON.stringify({ ...jwe, header: { enc: "A256GCM" } }),
      JSON.stringify({ ...jwe, recipients: Array.from({ length: 300 }, () => ({ encrypted_key: "" })) }),
      "a.b.c",
      "{}",
      "",
    ];
    for (const text of refused) {
      assert.throws(
        () => openJwe(text, rsa.privateKey),
        (error) => isTeuError(error, "ERR_ENVELOPE_INVALID"),
        text.slice(0, 80),
      );
    }
    assert.throws(
      () =>
        openJwe(
          withHeader({ alg: "ECDH-ES+A256KW", epk: { kty: "EC", crv: "P-256", x: "AQ", y: "AQ" } }),
          p256.privateKey,
        ),
      (error) => isTeuError(error, "ERR_ENVELOPE_INVALID"),
    );
  });

  test("a key cannot be used with the algorithm of another kind", () => {
    assert.throws(
      () => wrapKey(secret, { key: rsa.publicKey, algorithm: "ECDH-ES+A256KW" }),
      (error) => isTeuError(error, "ERR_KEY_UNSUPPORTED"),
    );
  });

  test("derives the key of RFC 7518, appendix C", () => {
    const [x, y] = ["weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ", "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"];
    const d = "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw";
    const privateKey = createPrivateKey({ key: { kty: "EC", crv: "P-256", x, y, d }, format: "jwk" });
    const epk = {
      kty: "EC",
      crv: "P-256",
      x: "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
      y: "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
    };
    const secretOfBoth = diffieHellman({ privateKey, publicKey: createPublicKey({ key: epk, format: "jwk" }) });
    const [apu, apv] = [Buffer.from("Alice"), Buffer.from("Bob")];
    const key = deriveKey(secretOfBoth, { alg: "A128GCM", keyBytes: 16, apu, apv });
    assert.equal(Buffer.from(key).toString("base64url"), "VqqN6vgjbSBcIijNcacQGg");
  });
});
