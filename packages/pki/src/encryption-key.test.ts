import assert from "node:assert/strict";
import { type KeyObject, generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { isTeuError } from "@teu/std/error";
import { sealPrivateKey } from "./encrypted-key.ts";
import { needsPassword, readDecryptionKey, readRecipientKey } from "./encryption-key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const password = Buffer.from("open sesame");

function bytesOf(text: string | Buffer): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : new Uint8Array(text);
}

describe("keys to encrypt for", () => {
  for (const { publicKey } of [rsa, ec]) {
    test(`of ${publicKey.asymmetricKeyType}, in every form`, () => {
      const forms = [
        publicKey.export({ format: "pem", type: "spki" }),
        publicKey.export({ format: "der", type: "spki" }),
        JSON.stringify(publicKey.export({ format: "jwk" })),
      ];
      for (const form of forms) assert.ok(readRecipientKey(bytesOf(form)).key.equals(publicKey));
    });
  }

  test("a JSON Web Key names its algorithm", () => {
    const jwk = { ...rsa.publicKey.export({ format: "jwk" }), alg: "RSA-OAEP-256" };
    assert.equal(readRecipientKey(bytesOf(JSON.stringify(jwk))).algorithm, "RSA-OAEP-256");
    assert.throws(
      () => readRecipientKey(bytesOf(JSON.stringify({ ...jwk, alg: "RSA1_5" }))),
      (error) => isTeuError(error, "ERR_KEY_UNSUPPORTED"),
    );
  });

  test("a private key, other text and weak keys are refused", () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    const refused: readonly (readonly [string | Buffer, string])[] = [
      [rsa.privateKey.export({ format: "pem", type: "pkcs8" }), "ERR_KEY_INVALID"],
      [JSON.stringify(rsa.privateKey.export({ format: "jwk" })), "ERR_KEY_INVALID"],
      ["{", "ERR_KEY_INVALID"],
      ["no key", "ERR_KEY_INVALID"],
      [weak.export({ format: "pem", type: "spki" }), "ERR_KEY_UNSUPPORTED"],
    ];
    for (const [text, code] of refused)
      assert.throws(
        () => readRecipientKey(bytesOf(text)),
        (error) => isTeuError(error, code),
      );
  });
});

describe("keys to decrypt with", () => {
  const forms: Readonly<Record<string, (key: KeyObject) => string | Buffer>> = {
    "PKCS#8 in PEM": (key) => key.export({ format: "pem", type: "pkcs8" }),
    "PKCS#8 in DER": (key) => key.export({ format: "der", type: "pkcs8" }),
    "the older form in PEM": (key) => key.export({ format: "pem", type: key === rsa.privateKey ? "pkcs1" : "sec1" }),
    "the older form in DER": (key) => key.export({ format: "der", type: key === rsa.privateKey ? "pkcs1" : "sec1" }),
    "a JSON Web Key": (key) => JSON.stringify(key.export({ format: "jwk" })),
  };
  for (const [name, write] of Object.entries(forms)) {
    test(name, async () => {
      for (const { privateKey } of [rsa, ec]) {
        const bytes = bytesOf(write(privateKey));
        assert.equal(needsPassword(bytes), false);
        assert.ok((await readDecryptionKey(bytes)).equals(privateKey));
      }
    });
  }

  test("under a password, as OpenSSL and cosign keep them", async () => {
    const sealed = [
      rsa.privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: password }),
      rsa.privateKey.export({ format: "pem", type: "pkcs1", cipher: "aes-256-cbc", passphrase: password }),
      await sealPrivateKey(rsa.privateKey, password, { cost: 32768 }),
    ].map((text) => bytesOf(text));
    for (const bytes of sealed) {
      assert.equal(needsPassword(bytes), true);
      assert.ok((await readDecryptionKey(bytes, password)).equals(rsa.privateKey));
      for (const wrong of [Buffer.from("wrong"), undefined])
        await assert.rejects(readDecryptionKey(bytes, wrong), (error) => isTeuError(error, "ERR_KEY_PASSWORD"));
    }
  });

  test("a public key is refused, and no error shows what was read", async () => {
    const refused = [rsa.publicKey.export({ format: "pem", type: "spki" }), '{"kty":"RSA","d":"SECRET"}', "SECRET"];
    for (const text of refused) {
      await assert.rejects(readDecryptionKey(bytesOf(text)), (error) => {
        assert.ok(isTeuError(error, "ERR_KEY_INVALID"));
        return !JSON.stringify(error).includes("SECRET") && !String(error.cause).includes("SECRET");
      });
    }
  });
});
