/**
 * Keys to encrypt for and to decrypt with, in the forms that OCIcrypt reads: PEM, DER, or a JSON Web Key.
 * @module
 */
import { type KeyObject, createPrivateKey, createPublicKey } from "node:crypto";
import { TeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, toValue } from "@teu/std/json-value";
import type { PkiErrorCode } from "./errors.ts";
import { isEncryptedKey, openPrivateKey } from "./encrypted-key.ts";
import { type JweRecipient, isJweAlgorithm } from "./jwe-keys.ts";
import { keyFacts } from "./keys.ts";

/**
 * Reads the public key of someone to encrypt for. A JSON Web Key may say with which algorithm.
 * @throws TeuError `ERR_KEY_INVALID` if it is none, or a private one; `ERR_KEY_UNSUPPORTED`.
 */
export function readRecipientKey(bytes: Uint8Array): JweRecipient {
  const text = new TextDecoder().decode(bytes);
  if (isJson(text)) return recipientOfJwk(bytes);
  const key = attempt(() =>
    isPem(text)
      ? createPublicKey({ key: onlyPublic(text), format: "pem" })
      : createPublicKey({ key: Buffer.from(bytes), format: "der", type: "spki" }),
  );
  return { key: checked(key, "a public key") };
}

/** Tells whether a private key cannot be read without a password. */
export function needsPassword(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  return isEncryptedKey(text) || /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
}

/**
 * Reads a private key to decrypt with, also one that cosign or OpenSSL keep under a password.
 * @throws TeuError `ERR_KEY_INVALID`; `ERR_KEY_PASSWORD`; `ERR_KEY_UNSUPPORTED`.
 */
export async function readDecryptionKey(bytes: Uint8Array, password?: Uint8Array): Promise<KeyObject> {
  const text = new TextDecoder().decode(bytes);
  if (isEncryptedKey(text)) return await openPrivateKey(text, password ?? new Uint8Array());
  if (needsPassword(bytes)) return openWithPassword(text, password);
  if (isJson(text)) {
    const key = jwkOf(bytes).value;
    return checked(
      attempt(() => createPrivateKey({ key, format: "jwk" })),
      "a private key",
    );
  }
  const key = isPem(text)
    ? attempt(() => createPrivateKey({ key: text, format: "pem" }))
    : privateKeyOfDer(Buffer.from(bytes));
  return checked(key, "a private key");
}

function openWithPassword(pem: string, password: Uint8Array | undefined): KeyObject {
  const key = attempt(() => createPrivateKey({ key: pem, format: "pem", passphrase: Buffer.from(password ?? []) }));
  if (key !== undefined) return checked(key, "a private key");
  throw new TeuError<PkiErrorCode>("ERR_KEY_PASSWORD", "Opening a private key: it does not open with the password", {
    hint: "the password is wrong, or the file was changed",
  });
}

function privateKeyOfDer(key: Buffer): KeyObject | undefined {
  for (const type of ["pkcs8", "pkcs1", "sec1"] as const) {
    const found = attempt(() => createPrivateKey({ key, format: "der", type }));
    if (found !== undefined) return found;
  }
  return undefined;
}

function recipientOfJwk(bytes: Uint8Array): JweRecipient {
  const { json, value } = jwkOf(bytes);
  // Node would take the public half of a private key, and whoever shares it has made a mistake.
  const isPrivate = !json.get("d").absent;
  const key = isPrivate ? undefined : attempt(() => createPublicKey({ key: value, format: "jwk" }));
  const algorithm = json.get("alg");
  if (algorithm.absent) return { key: checked(key, "a public key") };
  const name = algorithm.kind === "string" ? algorithm.text : "";
  if (isJweAlgorithm(name)) return { key: checked(key, "a public key"), algorithm: name };
  const message = `Reading a key: it is for ${JSON.stringify(name)}, expected RSA-OAEP or ECDH-ES+A256KW`;
  throw new TeuError<PkiErrorCode>("ERR_KEY_UNSUPPORTED", message);
}

function jwkOf(bytes: Uint8Array): { readonly json: Json; readonly value: Record<string, string> } {
  try {
    const json = parseJsonBytes(bytes);
    json.names();
    return { json, value: toValue(json) as Record<string, string> };
  } catch (error) {
    // What stands in it may be a secret, so it is not told.
    if (error instanceof JsonError) throw notKey("a JSON Web Key");
    throw error;
  }
}

/** A PEM block of a public key: Node would derive one from a private key as well. */
function onlyPublic(pem: string): string {
  return pem.includes("PRIVATE KEY-----") ? "" : pem;
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith("{");
}

function isPem(text: string): boolean {
  return text.includes("-----BEGIN ");
}

function attempt(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    // What the error says may hold parts of the key.
    return undefined;
  }
}

function checked(key: KeyObject | undefined, expected: string): KeyObject {
  if (key === undefined) throw notKey(expected);
  keyFacts(key);
  return key;
}

function notKey(expected: string): TeuError<PkiErrorCode> {
  return new TeuError(
    "ERR_KEY_INVALID",
    `Reading a key: it cannot be decoded, expected ${expected} in PEM, DER or JSON`,
  );
}
