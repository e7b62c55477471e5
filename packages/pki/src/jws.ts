/**
 * JSON Web Signatures in the flattened form: one signature in JSON.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-7.2.2}
 * @module
 */
import { TeuError } from "@teu/std/error";
import { DEFAULT_JSON_LIMITS, type Json, JsonError, parseJson } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { fromBase64Url, toBase64Url } from "./base64.ts";
import type { PkiErrorCode } from "./errors.ts";

/** The parts of a flattened JWS. */
export interface FlattenedJws {
  /** The protected header: an object. */
  readonly protected: Json;
  /** The unprotected header: an object, or missing. */
  readonly header: Json;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The bytes that were signed. */
  readonly signed: Uint8Array;
}

/** Longest JWS in characters. */
export const MAX_JWS_LENGTH: number = 32 * 1024 * 1024;

const FIELDS = ["payload", "protected", "header", "signature"];

/**
 * Reads a flattened JWS.
 * @throws TeuError `ERR_ENVELOPE_INVALID`, also if a header is both protected and unprotected.
 */
export function parseJws(text: string): FlattenedJws {
  try {
    return readJws(parseJson(text, { ...DEFAULT_JSON_LIMITS, maxLength: MAX_JWS_LENGTH }));
  } catch (error) {
    if (error instanceof JsonError) throw invalid(error.message);
    throw error;
  }
}

function readJws(json: Json): FlattenedJws {
  const other = json.names().find((name) => !FIELDS.includes(name));
  if (other !== undefined) throw new JsonError(`${json.get(other).place}: not a field of a flattened JWS`);
  const encodedHeader = json.get("protected").string();
  const encodedPayload = json.get("payload").string();
  const known = parseJsonBytes(decode(json.get("protected")));
  const header = json.get("header");
  const twice = header.names().find((name) => known.get(name).kind !== "missing");
  if (twice !== undefined) throw new JsonError(`header.${twice}: it is both protected and unprotected`);
  return {
    protected: known,
    header,
    payload: decode(json.get("payload")),
    signature: decode(json.get("signature")),
    signed: new TextEncoder().encode(`${encodedHeader}.${encodedPayload}`),
  };
}

function decode(json: Json): Uint8Array<ArrayBuffer> {
  const text = json.string();
  try {
    return fromBase64Url(text);
  } catch {
    throw new JsonError(`${json.place}: expected base64url without padding`);
  }
}

/** What is needed to write a flattened JWS. */
export interface NewJws {
  readonly protected: object;
  readonly header: object;
  readonly payload: Uint8Array;
  readonly sign: (signed: Uint8Array) => Promise<Uint8Array>;
}

/** Signs and writes a flattened JWS. */
export async function writeJws(parts: NewJws): Promise<string> {
  const header = toBase64Url(new TextEncoder().encode(stringifyJson(parts.protected)));
  const payload = toBase64Url(parts.payload);
  const signature = await parts.sign(new TextEncoder().encode(`${header}.${payload}`));
  return stringifyJson({ payload, protected: header, header: parts.header, signature: toBase64Url(signature) });
}

function invalid(problem: string): TeuError<PkiErrorCode> {
  return new TeuError("ERR_ENVELOPE_INVALID", `Reading a JWS: ${problem}`);
}
