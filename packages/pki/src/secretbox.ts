/**
 * NaCl's secretbox (XSalsa20 and Poly1305), in which cosign keeps private keys. Node has no XSalsa20.
 * @see {@link https://nacl.cr.yp.to/secretbox.html}
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { concatBytes } from "@teu/std/bytes";
import { poly1305, xsalsa20 } from "./internal/salsa20.ts";

/** Length of a key in bytes. */
export const KEY_BYTES = 32;
/** Length of a nonce in bytes. */
export const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/** Encrypts `plain` under a key and a nonce that this key has never met. The result starts with the tag. */
export function sealBox(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array<ArrayBuffer> {
  checkLengths(nonce, key);
  const stream = xsalsa20(key, nonce, KEY_BYTES + plain.length);
  const body = xor(plain, stream.subarray(KEY_BYTES));
  return concatBytes([poly1305(stream.subarray(0, KEY_BYTES), body), body]);
}

/** Decrypts what {@link sealBox} made; nothing if it is not of this key and nonce, or was changed. */
export function openBox(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  checkLengths(nonce, key);
  if (box.length < TAG_BYTES) return undefined;
  const [tag, body] = [box.subarray(0, TAG_BYTES), box.subarray(TAG_BYTES)];
  const stream = xsalsa20(key, nonce, KEY_BYTES + body.length);
  if (!timingSafeEqual(tag, poly1305(stream.subarray(0, KEY_BYTES), body))) return undefined;
  return xor(body, stream.subarray(KEY_BYTES));
}

function xor(bytes: Uint8Array, stream: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes, (byte, at) => byte ^ (stream[at] ?? 0));
}

function checkLengths(nonce: Uint8Array, key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`key: ${key.length} bytes, expected ${KEY_BYTES}`);
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`nonce: ${nonce.length} bytes, expected ${NONCE_BYTES}`);
}
