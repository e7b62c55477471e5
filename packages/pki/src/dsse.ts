/**
 * Dead Simple Signing Envelope: a payload with its type, and signatures over both.
 * @see {@link https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md}
 * @see {@link https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md}
 * @module
 */
import type { KeyObject } from "node:crypto";
import { concatBytes } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import { DEFAULT_JSON_LIMITS, type Json, JsonError, parseJson } from "@teu/std/json";
import { fromBase64, fromBase64Url, toBase64 } from "./base64.ts";
import type { PkiErrorCode } from "./errors.ts";
import { type Signer, sigstoreSchemes, verifyBytes } from "./signature.ts";

/** One signature of an envelope. */
export interface DsseSignature {
  /** A hint, unverified. */
  readonly keyid: string;
  readonly signature: Uint8Array;
}

/** An envelope, read. */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly DsseSignature[];
}

/** Most signatures of one envelope that are read. */
export const MAX_DSSE_SIGNATURES = 64;
/** Longest envelope in characters. */
export const MAX_DSSE_LENGTH: number = 64 * 1024 * 1024;

/**
 * Reads an envelope from JSON. Unknown fields are passed over, as the specification wishes.
 * @throws TeuError `ERR_ENVELOPE_INVALID`
 */
export function parseDsse(text: string): DsseEnvelope {
  try {
    return readDsse(parseJson(text, { ...DEFAULT_JSON_LIMITS, maxLength: MAX_DSSE_LENGTH }));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new TeuError<PkiErrorCode>("ERR_ENVELOPE_INVALID", `Reading a DSSE envelope: ${error.message}`);
  }
}

/**
 * Reads an envelope that stands inside of another document.
 * @throws JsonError where it is none.
 */
export function readDsse(json: Json): DsseEnvelope {
  const signatures = json.get("signatures").list();
  if (signatures.length === 0 || signatures.length > MAX_DSSE_SIGNATURES)
    throw new JsonError(`${json.get("signatures").place}: ${signatures.length} signatures, expected 1 to 64`);
  return {
    payloadType: json.get("payloadType").string(),
    payload: readBytes(json.get("payload")),
    signatures: signatures.map((each) => ({
      keyid: each.get("keyid").absent ? "" : each.get("keyid").string(),
      signature: readBytes(each.get("sig")),
    })),
  };
}

/** Either alphabet of base64 is allowed in an envelope. */
function readBytes(json: Json): Uint8Array {
  const text = json.string();
  try {
    return /[-_]/.test(text) ? fromBase64Url(text.replace(/={1,2}$/, "")) : fromBase64(text);
  } catch {
    throw new JsonError(`${json.place}: expected base64`);
  }
}

/** The fields of an envelope as JSON has them. */
export interface DsseJson {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly sig: string; readonly keyid?: string }[];
}

/**
 * The fields of an envelope, to be written as JSON. An empty key id is left out: cosign refuses one that is not of its own
 * making.
 */
export function dsseToJson({ payload, payloadType, signatures }: DsseEnvelope): DsseJson {
  return {
    payload: toBase64(payload),
    payloadType,
    signatures: signatures.map(({ keyid, signature }) => ({
      sig: toBase64(signature),
      ...(keyid === "" ? {} : { keyid }),
    })),
  };
}

/** The bytes that are signed: the type and the payload, each with its length. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const typeLength = Buffer.byteLength(payloadType);
  return concatBytes([Buffer.from(`DSSEv1 ${typeLength} ${payloadType} ${payload.length} `), payload]);
}

/** Signs a payload. */
export async function signDsse(payloadType: string, payload: Uint8Array, signer: Signer): Promise<DsseEnvelope> {
  const [scheme = { hash: "sha256" }] = sigstoreSchemes(signer.publicKey);
  const signature = await signer.sign(preAuthEncoding(payloadType, payload), scheme);
  return { payloadType, payload, signatures: [{ keyid: "", signature }] };
}

/** Tells whether some signature of an envelope is by the owner of a key. Key ids are not looked at. */
export function isSignedBy({ payloadType, payload, signatures }: DsseEnvelope, key: KeyObject): boolean {
  const bytes = preAuthEncoding(payloadType, payload);
  const schemes = sigstoreSchemes(key);
  return signatures.some(({ signature }) => schemes.some((scheme) => verifyBytes(key, bytes, signature, scheme)));
}
