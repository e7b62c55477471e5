/**
 * Signatures over bytes: which scheme a key takes where, made and verified.
 * @module
 */
import { type KeyObject, type SignKeyObjectInput, constants, sign, verify } from "node:crypto";
import { type KeyKind, keyFacts, publicKeyOf } from "./keys.ts";

/** How a signature is made of bytes and a key. */
export interface Scheme {
  readonly hash: "sha256" | "sha384" | "sha512";
  /** Of RSA. Default: `pkcs1`. The salt of `pss` is as long as the hash. */
  readonly padding?: "pkcs1" | "pss";
  /** Of ECDSA: `der`, or the two numbers one after the other. Default: `der`. */
  readonly encoding?: "der" | "ieee-p1363";
}

/**
 * What signs. A key in memory is one; a key in a device or at a service can be another.
 */
export interface Signer {
  readonly publicKey: KeyObject;
  /** Signs `bytes`, which are not hashed yet. */
  sign(bytes: Uint8Array, scheme: Scheme): Promise<Uint8Array>;
}

/** A signer with its private key in memory. @throws TeuError `ERR_KEY_UNSUPPORTED` */
export function keySigner(key: KeyObject): Signer {
  keyFacts(key);
  return { publicKey: publicKeyOf(key), sign: async (bytes, scheme) => signBytes(key, bytes, scheme) };
}

/** Signs with a private key. */
export function signBytes(key: KeyObject, bytes: Uint8Array, scheme: Scheme): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sign(scheme.hash, bytes, keyInput(key, scheme)));
}

/** Tells whether a signature is that of `bytes` by the owner of a key. Any bytes may be asked about. */
export function verifyBytes(key: KeyObject, bytes: Uint8Array, signature: Uint8Array, scheme: Scheme): boolean {
  try {
    return verify(scheme.hash, bytes, keyInput(publicKeyOf(key), scheme), signature);
  } catch {
    return false;
  }
}

function keyInput(key: KeyObject, { padding, encoding = "der" }: Scheme): SignKeyObjectInput {
  if (key.asymmetricKeyType !== "rsa") return { key, dsaEncoding: encoding };
  if (padding !== "pss") return { key, padding: constants.RSA_PKCS1_PADDING };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

const SIGSTORE_HASHES: Readonly<Record<KeyKind, readonly Scheme["hash"][]>> = {
  "ecdsa-p256": ["sha256"],
  "ecdsa-p384": ["sha384", "sha256"],
  "ecdsa-p521": ["sha512", "sha256"],
  rsa: ["sha256"],
};

/**
 * The schemes that a key may have signed with in the formats of sigstore, the usual one first. Tools disagree about the
 * hash of the larger curves, so both that are in use are taken.
 */
export function sigstoreSchemes(key: KeyObject): readonly Scheme[] {
  return SIGSTORE_HASHES[keyFacts(key).kind].map((hash) => ({ hash }));
}
