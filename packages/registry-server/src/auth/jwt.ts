/**
 * JSON Web Tokens of others, checked with their public keys (RFC 7515, 7517, 7518, 8037). Only algorithms with two keys are
 * known, and a key is good for the algorithms of its own kind alone, whatever a token says.
 * @module
 */
import { type JsonWebKey, type KeyObject, constants, createPublicKey, verify } from "node:crypto";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";

/** Longest token that is read, in characters. */
export const MAX_TOKEN_LENGTH = 16_384;

/** A public key and what it is called. */
export interface NamedKey {
  readonly id: string | undefined;
  readonly key: KeyObject;
}

/** A token whose signature was not looked at yet. */
export interface UnverifiedToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Json;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Reads a token; nothing if it is none. */
export function readToken(token: string): UnverifiedToken | undefined {
  const parts = token.split(".");
  const [head = "", payload = "", signature = ""] = parts;
  if (token.length > MAX_TOKEN_LENGTH || parts.length !== 3) return undefined;
  try {
    const header = readPart(head);
    // Parts that have to be understood are none that we know.
    if (!header.get("crit").absent) return undefined;
    const keyId = header.get("kid");
    return {
      algorithm: header.get("alg").string(),
      keyId: keyId.kind === "string" ? keyId.text : undefined,
      claims: readPart(payload),
      signed: Buffer.from(`${head}.${payload}`),
      signature: Buffer.from(signature, "base64url"),
    };
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function readPart(text: string): Json {
  const json = parseJsonBytes(Buffer.from(text, "base64url"), { maxLength: MAX_TOKEN_LENGTH, maxDepth: 8 });
  if (json.kind !== "object") throw json.unexpected("an object");
  return json;
}

interface Algorithm {
  readonly kinds: readonly string[];
  readonly hash: string | null;
  readonly curve?: string;
  readonly pss?: boolean;
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RS256: { kinds: ["rsa"], hash: "sha256" },
  RS384: { kinds: ["rsa"], hash: "sha384" },
  RS512: { kinds: ["rsa"], hash: "sha512" },
  PS256: { kinds: ["rsa", "rsa-pss"], hash: "sha256", pss: true },
  PS384: { kinds: ["rsa", "rsa-pss"], hash: "sha384", pss: true },
  PS512: { kinds: ["rsa", "rsa-pss"], hash: "sha512", pss: true },
  ES256: { kinds: ["ec"], hash: "sha256", curve: "prime256v1" },
  ES384: { kinds: ["ec"], hash: "sha384", curve: "secp384r1" },
  ES512: { kinds: ["ec"], hash: "sha512", curve: "secp521r1" },
  EdDSA: { kinds: ["ed25519", "ed448"], hash: null },
};

const MIN_RSA_BITS = 2048;

/** Tells whether one of `keys` signed a token. */
export function isSigned({ algorithm, keyId, signed, signature }: UnverifiedToken, keys: readonly NamedKey[]): boolean {
  const known = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (known === undefined) return false;
  return keys.some(({ id, key }) => {
    if ((keyId !== undefined && id !== undefined && id !== keyId) || !fits(key, known)) return false;
    const padding =
      known.pss === true
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : {};
    return verify(known.hash, signed, { key, dsaEncoding: "ieee-p1363", ...padding }, signature);
  });
}

function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, { kinds, curve }: Algorithm): boolean {
  if (!kinds.includes(asymmetricKeyType ?? "")) return false;
  if ((asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS) < MIN_RSA_BITS) return false;
  return curve === undefined || asymmetricKeyDetails?.namedCurve === curve;
}

const MAX_KEYS_BYTES = 256 * 1024;

/**
 * Reads a set of keys. Those of kinds that are not known are left out.
 * @throws JsonError if it is no set.
 */
export function readKeySet(bytes: Uint8Array): NamedKey[] {
  const json = parseJsonBytes(bytes, { maxLength: MAX_KEYS_BYTES, maxDepth: 8 });
  return json.get("keys").list().flatMap(readKey);
}

function readKey(json: Json): NamedKey[] {
  const use = json.get("use");
  if (use.kind === "string" && use.text !== "sig") return [];
  const jwk: JsonWebKey = {};
  for (const name of ["kty", "crv", "n", "e", "x", "y"])
    if (json.get(name).kind === "string") jwk[name] = json.get(name).text;
  const id = json.get("kid");
  try {
    return [{ id: id.kind === "string" ? id.text : undefined, key: createPublicKey({ key: jwk, format: "jwk" }) }];
  } catch {
    return [];
  }
}
