/**
 * How the key of a JWE's content is wrapped for the owner of a key: RSA-OAEP, or an agreement on a curve and AES key wrap.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-4}
 * @module
 */
import {
  type KeyObject,
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
} from "node:crypto";
import { TeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { fromBase64Url } from "./base64.ts";
import type { PkiErrorCode } from "./errors.ts";
import { keyFacts } from "./keys.ts";

/** The algorithms that OCIcrypt takes. */
export type JweAlgorithm = "RSA-OAEP" | "RSA-OAEP-256" | "ECDH-ES+A128KW" | "ECDH-ES+A192KW" | "ECDH-ES+A256KW";

/** Whom something is encrypted for. */
export interface JweRecipient {
  readonly key: KeyObject;
  /** Default: RSA-OAEP for RSA, ECDH-ES+A256KW for curves, which is what OCIcrypt takes. */
  readonly algorithm?: JweAlgorithm | undefined;
}

/** A wrapped key, and what its owner has to know. */
export interface WrappedKey {
  readonly header: object;
  readonly encryptedKey: Uint8Array;
}

/** The header of one recipient, whatever parts it stood in. */
export type JoinedHeader = ReadonlyMap<string, Json>;

const OAEP_HASHES: ReadonlyMap<string, string> = new Map([
  ["RSA-OAEP", "sha1"],
  ["RSA-OAEP-256", "sha256"],
]);

const KEY_WRAPS: ReadonlyMap<string, { readonly cipher: string; readonly keyBytes: number }> = new Map([
  ["ECDH-ES+A128KW", { cipher: "id-aes128-wrap", keyBytes: 16 }],
  ["ECDH-ES+A192KW", { cipher: "id-aes192-wrap", keyBytes: 24 }],
  ["ECDH-ES+A256KW", { cipher: "id-aes256-wrap", keyBytes: 32 }],
]);

/** Tells whether a text names such an algorithm. */
export function isJweAlgorithm(name: string): name is JweAlgorithm {
  return OAEP_HASHES.has(name) || KEY_WRAPS.has(name);
}

/**
 * Wraps a key.
 * @throws TeuError `ERR_KEY_UNSUPPORTED` if the algorithm is not one for the recipient's key.
 */
export function wrapKey(contentKey: Uint8Array, { key, algorithm }: JweRecipient): WrappedKey {
  const isRsa = keyFacts(key).kind === "rsa";
  const alg = algorithm ?? (isRsa ? "RSA-OAEP" : "ECDH-ES+A256KW");
  const oaepHash = OAEP_HASHES.get(alg);
  if ((oaepHash !== undefined) !== isRsa) {
    const message = `Encrypting for a key: it cannot be used with ${alg}`;
    throw new TeuError<PkiErrorCode>("ERR_KEY_UNSUPPORTED", message);
  }
  return oaepHash === undefined ? agreeAndWrap(contentKey, key, alg) : oaepWrap(contentKey, key, { alg, oaepHash });
}

function oaepWrap(
  contentKey: Uint8Array,
  key: KeyObject,
  { alg, oaepHash }: { readonly alg: string; readonly oaepHash: string },
): WrappedKey {
  const encryptedKey = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, contentKey);
  return { header: { alg }, encryptedKey };
}

// What RFC 3394 has keys wrapped begin with.
const WRAP_IV = Buffer.alloc(8, 0xa6);

function agreeAndWrap(contentKey: Uint8Array, publicKey: KeyObject, alg: string): WrappedKey {
  const ephemeral = generateKeyPairSync("ec", { namedCurve: publicKey.asymmetricKeyDetails?.namedCurve ?? "" });
  const { crv, x, y } = ephemeral.publicKey.export({ format: "jwk" });
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  const { cipher, keyBytes } = keyWrapOf(alg);
  const wrap = createCipheriv(cipher, deriveKey(secret, { alg, keyBytes }), WRAP_IV);
  const encryptedKey = Buffer.concat([wrap.update(contentKey), wrap.final()]);
  return { header: { alg, epk: { kty: "EC", crv, x, y } }, encryptedKey };
}

function keyWrapOf(alg: string): { readonly cipher: string; readonly keyBytes: number } {
  const wrap = KEY_WRAPS.get(alg);
  if (wrap === undefined) throw new JsonError(`header alg: ${JSON.stringify(alg)} is not known here`);
  return wrap;
}

/**
 * Unwraps a key.
 * @returns Nothing if it was not wrapped for this key.
 * @throws JsonError if the header is wrong
 */
export function unwrapKey(
  encryptedKey: Uint8Array,
  header: JoinedHeader,
  key: KeyObject,
): Uint8Array<ArrayBuffer> | undefined {
  const alg = header.get("alg")?.string() ?? "";
  const isRsa = keyFacts(key).kind === "rsa";
  const oaepHash = OAEP_HASHES.get(alg);
  if (oaepHash === undefined) return isRsa ? undefined : agreeAndUnwrap(encryptedKey, header, key);
  if (!isRsa) return undefined;
  return orNothing(() => privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, encryptedKey));
}

function agreeAndUnwrap(
  encryptedKey: Uint8Array,
  header: JoinedHeader,
  privateKey: KeyObject,
): Uint8Array<ArrayBuffer> | undefined {
  const alg = header.get("alg")?.string() ?? "";
  const { cipher, keyBytes } = keyWrapOf(alg);
  const publicKey = ephemeralKey(header);
  if (publicKey.asymmetricKeyDetails?.namedCurve !== privateKey.asymmetricKeyDetails?.namedCurve) return undefined;
  const secret = diffieHellman({ privateKey, publicKey });
  const [apu, apv] = ["apu", "apv"].map((name) => header.get(name));
  const key = deriveKey(secret, { alg, keyBytes, apu: bytesOf(apu), apv: bytesOf(apv) });
  return orNothing(() => {
    const unwrap = createDecipheriv(cipher, key, WRAP_IV);
    return Buffer.concat([unwrap.update(encryptedKey), unwrap.final()]);
  });
}

/** The other side's key for this once; one that is not on its curve is refused. */
function ephemeralKey(header: JoinedHeader): KeyObject {
  const epk = header.get("epk");
  if (epk === undefined) throw new JsonError("header epk: is required");
  const key = Object.fromEntries(["kty", "crv", "x", "y"].map((name) => [name, epk.get(name).string()]));
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    throw new JsonError("header epk: expected a public key on a curve");
  }
}

function bytesOf(json: Json | undefined): Uint8Array {
  if (json === undefined) return new Uint8Array();
  try {
    return fromBase64Url(json.string());
  } catch {
    throw new JsonError(`header ${json.place}: expected base64url without padding`);
  }
}

/** What a key that two sides agree on is for. */
export interface KeyUse {
  readonly alg: string;
  readonly keyBytes: number;
  readonly apu?: Uint8Array;
  readonly apv?: Uint8Array;
}

/** The key that a shared secret gives: Concat KDF of NIST SP 800-56A with SHA-256, of which one round gives enough. */
export function deriveKey(secret: Uint8Array, { alg, keyBytes, apu = EMPTY, apv = EMPTY }: KeyUse): Uint8Array {
  const hash = createHash("sha256").update(uint32(1)).update(secret);
  for (const part of [Buffer.from(alg, "ascii"), apu, apv]) hash.update(uint32(part.length)).update(part);
  return hash
    .update(uint32(keyBytes * 8))
    .digest()
    .subarray(0, keyBytes);
}

const EMPTY = new Uint8Array();

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** What OpenSSL gives, or nothing where it refuses: the key is another, or the bytes were changed. */
function orNothing(work: () => Buffer): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(work());
  } catch {
    return undefined;
  }
}
