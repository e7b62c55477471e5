import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { ENCRYPTED_KEY_LABELS, SCRYPT_COSTS, openPrivateKey, sealPrivateKey } from "./encrypted-key.ts";
import {
  formatPublicKey,
  generateKey,
  keyFacts,
  keyHint,
  parsePrivateKey,
  parsePublicKey,
  privateKeyToDer,
} from "./keys.ts";
import { formatPem } from "./pem.ts";
import { keySigner, sigstoreSchemes, verifyBytes } from "./signature.ts";

const password = new TextEncoder().encode("correct horse");

test("a new key is of P-256", async () => {
  const key = await generateKey();
  assert.deepEqual(keyFacts(key), { kind: "ecdsa-p256", bits: 256 });
  assert.equal(keyHint(parsePublicKey(formatPublicKey(key))), keyHint(key));
});

test("private keys are read from PKCS#8, SEC1 and PKCS#1", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const texts = [
    ec.export({ format: "pem", type: "pkcs8" }),
    ec.export({ format: "pem", type: "sec1" }),
    rsa.export({ format: "pem", type: "pkcs8" }),
    rsa.export({ format: "pem", type: "pkcs1" }),
  ];
  const kinds = texts.map((text) => keyFacts(parsePrivateKey(String(text))).kind);
  assert.deepEqual(kinds, ["ecdsa-p256", "ecdsa-p256", "rsa", "rsa"]);
});

test("keys that others cannot verify with are refused with the reason", () => {
  const refused = [
    [generateKeyPairSync("ed25519").privateKey, /cosign cannot verify/],
    [generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey, /the curve secp256k1/],
    [generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey, /RSA of 1024 bits/],
  ] as const;
  for (const [key, reason] of refused) {
    const error = assertCode(
      () => parsePrivateKey(String(key.export({ format: "pem", type: "pkcs8" }))),
      "ERR_KEY_UNSUPPORTED",
    );
    assert.match(error.message, reason);
  }
});

test("an encrypted key opens under every label and cost", async () => {
  const key = await generateKey();
  const [cheapest = 0] = SCRYPT_COSTS;
  const settings = [
    ...ENCRYPTED_KEY_LABELS.map((label) => [label, cheapest] as const),
    ...SCRYPT_COSTS.slice(1).map((cost) => [ENCRYPTED_KEY_LABELS[0], cost] as const),
  ];
  for (const [label, cost] of settings) {
    const pem = await sealPrivateKey(key, password, { label, cost });
    assert.ok(pem.startsWith(`-----BEGIN ${label}-----\n`));
    assert.ok((await openPrivateKey(pem, password)).equals(key));
  }
});

test("a wrong password, a changed file and foreign costs are refused, and messages hold nothing secret", async () => {
  const key = await generateKey();
  const pem = await sealPrivateKey(key, password, { cost: 32768 });
  const wrong = await assertCode(() => openPrivateKey(pem, new TextEncoder().encode("hunter2")), "ERR_KEY_PASSWORD");
  assert.ok(!wrong.message.includes("hunter2"));
  const body = (text: string): string => formatPem({ label: ENCRYPTED_KEY_LABELS[0], bytes: Buffer.from(text) });
  await assertCode(() => openPrivateKey(body("{}"), password), "ERR_KEY_INVALID");
  const costs = JSON.stringify({
    kdf: { name: "scrypt", params: { N: 1 << 30, r: 8, p: 1 }, salt: "" },
    cipher: { name: "nacl/secretbox", nonce: "" },
    ciphertext: "",
  });
  await assertCode(() => openPrivateKey(body(costs), password), "ERR_KEY_INVALID");
  const secret = formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(key).slice(0, 60) });
  const error = assertCode(() => parsePrivateKey(secret), "ERR_KEY_INVALID");
  assert.equal(error.cause, undefined);
});

test("a signature verifies with its key, its bytes and its scheme only", async () => {
  const [key, other] = [await generateKey(), await generateKey()];
  const [scheme = { hash: "sha256" }] = sigstoreSchemes(key);
  const bytes = Buffer.from("content");
  const signature = await keySigner(key).sign(bytes, scheme);
  assert.ok(verifyBytes(key, bytes, signature, scheme));
  assert.ok(!verifyBytes(other, bytes, signature, scheme));
  assert.ok(!verifyBytes(key, Buffer.from("Content"), signature, scheme));
  assert.ok(!verifyBytes(key, bytes, signature, { hash: "sha384" }));
  assert.ok(!verifyBytes(key, bytes, signature.subarray(1), scheme));
});
