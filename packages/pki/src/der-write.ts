/**
 * DER, written.
 * @module
 */
import { concatBytes } from "@teu/std/bytes";
import { DER_TAG } from "./der.ts";

/** Writes one value, with what `contents` are inside. */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concatBytes(contents);
  if (content.length < 0x80) return concatBytes([Uint8Array.of(tag, content.length), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return concatBytes([Uint8Array.of(tag, 0x80 | length.length, ...length), content]);
}

/** Writes an object identifier such as `1.2.840`. */
export function writeOid(id: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...rest] = id.split(".").map(Number);
  return writeDer(DER_TAG.oid, Uint8Array.from([40 * first + second, ...rest].flatMap(base128)));
}

function base128(arc: number): readonly number[] {
  const digits = [arc & 0x7f];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}

/** Writes a whole number of zero or more, from its bytes, the highest first. */
export function writeUnsigned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return writeDer(DER_TAG.integer, (digits[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0), digits);
}
