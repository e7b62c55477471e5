/**
 * Keys for signatures: made, read from and written to the forms that others use, and told apart.
 * @module
 */
import { type KeyObject, createHash, createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { TeuError } from "@teu/std/error";
import { toBase64 } from "./base64.ts";
import type { PkiErrorCode } from "./errors.ts";
import { formatPem, parsePemOf } from "./pem.ts";

/** The kinds of keys that are used here. */
export type KeyKind = "ecdsa-p256" | "ecdsa-p384" | "ecdsa-p521" | "rsa";

/** What a key is. */
export interface KeyFacts {
  readonly kind: KeyKind;
  /** Size of the curve or of the modulus. */
  readonly bits: number;
}

/** Kinds of keys that can be made. */
export type NewKeyKind = "ecdsa-p256" | "rsa-2048" | "rsa-3072" | "rsa-4096";

/** The kinds of keys that {@link generateKey} makes. */
export const NEW_KEY_KINDS: readonly NewKeyKind[] = ["ecdsa-p256", "rsa-2048", "rsa-3072", "rsa-4096"];

const CURVES: Readonly<Record<string, KeyFacts>> = {
  prime256v1: { kind: "ecdsa-p256", bits: 256 },
  secp384r1: { kind: "ecdsa-p384", bits: 384 },
  secp521r1: { kind: "ecdsa-p521", bits: 521 },
};

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

const generate = promisify(generateKeyPair);

/** Makes a new private key. */
export async function generateKey(kind: NewKeyKind = "ecdsa-p256"): Promise<KeyObject> {
  if (kind === "ecdsa-p256") return (await generate("ec", { namedCurve: "P-256" })).privateKey;
  return (await generate("rsa", { modulusLength: Number(kind.slice("rsa-".length)) })).privateKey;
}

/**
 * Tells what a key is.
 * @throws TeuError `ERR_KEY_UNSUPPORTED` with the reason: Ed25519, whose signatures of images the other tools cannot
 * verify; RSA below 2048 or above 8192 bits; other curves; keys that do not sign.
 */
export function keyFacts(key: KeyObject): KeyFacts {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") {
    const bits = details?.modulusLength ?? 0;
    if (bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS) return { kind: "rsa", bits };
    throw unsupported(`RSA of ${bits} bits`, `${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits`);
  }
  const curve = CURVES[details?.namedCurve ?? ""];
  if (type === "ec" && curve !== undefined) return curve;
  if (type === "ec") throw unsupported(`the curve ${details?.namedCurve}`, "P-256, P-384 or P-521");
  const reason = type === "ed25519" ? " (cosign cannot verify what it signs with such a key)" : "";
  throw unsupported(`a key of type ${type ?? "secret"}${reason}`, "ECDSA or RSA");
}

/** The same as `keyFacts`, but nothing instead of an error. */
export function isSigningKey(key: KeyObject): boolean {
  try {
    return keyFacts(key).bits > 0;
  } catch {
    return false;
  }
}

const PRIVATE_LABELS = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/**
 * Reads a plain private key: PKCS#8, PKCS#1 or SEC1 in PEM.
 * @throws TeuError `ERR_PEM_INVALID`; `ERR_KEY_INVALID`; `ERR_KEY_UNSUPPORTED`.
 */
export function parsePrivateKey(pem: string): KeyObject {
  const block = parsePemOf(pem, PRIVATE_LABELS);
  const type = block.label === "RSA PRIVATE KEY" ? "pkcs1" : block.label === "EC PRIVATE KEY" ? "sec1" : "pkcs8";
  return checked(() => createPrivateKey({ key: Buffer.from(block.bytes), format: "der", type }));
}

/**
 * Reads a private key of PKCS#8 in DER.
 * @throws TeuError `ERR_KEY_INVALID`; `ERR_KEY_UNSUPPORTED`.
 */
export function privateKeyFromDer(der: Uint8Array): KeyObject {
  return checked(() => createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" }));
}

/** A private key as PKCS#8 in DER: a secret. */
export function privateKeyToDer(key: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(key.export({ format: "der", type: "pkcs8" }));
}

/**
 * Reads a public key: SubjectPublicKeyInfo or PKCS#1 in PEM.
 * @throws TeuError `ERR_PEM_INVALID`; `ERR_KEY_INVALID`; `ERR_KEY_UNSUPPORTED`.
 */
export function parsePublicKey(pem: string): KeyObject {
  const block = parsePemOf(pem, ["PUBLIC KEY", "RSA PUBLIC KEY"]);
  const type = block.label === "PUBLIC KEY" ? "spki" : "pkcs1";
  return checked(() => createPublicKey({ key: Buffer.from(block.bytes), format: "der", type }));
}

/**
 * Reads a public key of SubjectPublicKeyInfo in DER.
 * @throws TeuError `ERR_KEY_INVALID`; `ERR_KEY_UNSUPPORTED`.
 */
export function publicKeyFromDer(der: Uint8Array): KeyObject {
  return checked(() => createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" }));
}

/** The public half of a key. */
export function publicKeyOf(key: KeyObject): KeyObject {
  return key.type === "public" ? key : createPublicKey(key);
}

/** The public half of a key as SubjectPublicKeyInfo in DER. */
export function publicKeyToDer(key: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(publicKeyOf(key).export({ format: "der", type: "spki" }));
}

/** The public half of a key in PEM. */
export function formatPublicKey(key: KeyObject): string {
  return formatPem({ label: "PUBLIC KEY", bytes: publicKeyToDer(key) });
}

/** What sigstore calls a key: the SHA-256 of its SubjectPublicKeyInfo, in base64. */
export function keyHint(key: KeyObject): string {
  const known = HINTS.get(key);
  if (known !== undefined) return known;
  const hint = toBase64(createHash("sha256").update(publicKeyToDer(key)).digest());
  HINTS.set(key, hint);
  return hint;
}

// To export a key takes longer than to verify with it.
const HINTS = new WeakMap<KeyObject, string>();

function checked(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // What the cause says may hold parts of the key.
    throw new TeuError<PkiErrorCode>("ERR_KEY_INVALID", "Reading a key: it cannot be decoded, expected a key in DER");
  }
  keyFacts(key);
  return key;
}

function unsupported(found: string, expected: string): TeuError<PkiErrorCode> {
  return new TeuError("ERR_KEY_UNSUPPORTED", `Reading a key: ${found}, expected ${expected}`, {
    hint: "teu key generate makes a key that every tool can verify with",
  });
}
