/**
 * Base64 read strictly: of the many texts that stand for the same bytes only one is taken, so that what was signed or
 * hashed as text has no second form.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { PkiErrorCode } from "./errors.ts";

/** Writes bytes as base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}

/** Writes bytes as base64url without padding (RFC 4648, section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64url");
}

/**
 * Reads base64 with padding.
 * @throws TeuError `ERR_BASE64_INVALID`
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return decode(text, "base64");
}

/**
 * Reads base64url without padding.
 * @throws TeuError `ERR_BASE64_INVALID`
 */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return decode(text, "base64url");
}

function decode(text: string, encoding: "base64" | "base64url"): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(text, encoding);
  if (bytes.toString(encoding) === text) return new Uint8Array(bytes);
  // The text is not shown: it may be a secret.
  const message = `Reading ${text.length} characters of ${encoding}: other characters or a wrong end, expected canonical ${encoding}`;
  throw new TeuError<PkiErrorCode>("ERR_BASE64_INVALID", message);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
