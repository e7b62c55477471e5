/**
 * Names in archives are bytes; this gives them as text where they are UTF-8.
 * @module
 */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossyUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** `bytes` as text, undefined if they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  return decodeRange(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
}

/** The bytes of `buffer` from `start` to `end` as text, undefined if they are not UTF-8. */
export function decodeRange(buffer: Buffer, start: number, end: number): string | undefined {
  let seen = 0;
  for (let at = start; at < end; at += 1) seen |= buffer[at] ?? 0;
  if (seen < 0x80) return buffer.toString("latin1", start, end);
  try {
    return utf8.decode(buffer.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** `bytes` as text for people, with U+FFFD for what is not UTF-8. */
export function displayText(bytes: Uint8Array): string {
  return lossyUtf8.decode(bytes);
}

/** A name: text where it is UTF-8, bytes where it is not. */
export type Name = string | Uint8Array;

/** The name that `bytes` are. */
export function nameOf(bytes: Uint8Array): Name {
  return decodeText(bytes) ?? bytes;
}

/** The name in `buffer` from `start` to `end`, which keeps nothing of it. */
export function nameIn(buffer: Buffer, start: number, end: number): Name {
  return decodeRange(buffer, start, end) ?? plainView(buffer, start, end).slice();
}

/** A name as bytes. */
export function nameBytes(name: Name): Uint8Array {
  return typeof name === "string" ? encoder.encode(name) : name;
}

/** A name as text, undefined if it is not UTF-8. */
export function nameText(name: Name): string | undefined {
  return typeof name === "string" ? name : undefined;
}

/** The bytes of a name that may be given as text. */
export function toBytes(name: string | Uint8Array): Uint8Array {
  return typeof name === "string" ? encoder.encode(name) : name;
}

/** Tells whether every byte is below 0x80. */
export function isAscii(bytes: Uint8Array): boolean {
  let seen = 0;
  for (let at = 0; at < bytes.length; at += 1) seen |= bytes[at] ?? 0;
  return seen < 0x80;
}

/** The bytes of `buffer` from `start` to `end` as a plain array on the same memory, whose `slice` copies. */
export function plainView(buffer: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + start, end - start);
}
