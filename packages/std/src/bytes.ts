/**
 * Bytes joined, compared, and written as hexadecimal digits. The results are plain `Uint8Array`s on memory of their own,
 * never Node's pooled `Buffer`s, so they can be kept, transferred and sliced without surprise.
 * Without anything of Node's, for browsers.
 * @module
 */
import { TeuError } from "./error.ts";
import type { StdErrorCode } from "./errors.ts";

/** Joins `chunks` in order into new memory. */
export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}

/** Tells whether `a` and `b` hold the same bytes. Takes less time the earlier they differ: not for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Writes `bytes` as lower-case hexadecimal digits, two a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte] ?? "";
  return text;
}

/**
 * Reads hexadecimal digits of either case.
 * @throws TeuError `ERR_HEX_INVALID` if `text` has another character or an odd number of digits.
 */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0) throw notHex(text, `${text.length} digits, expected an even number`);
  const other = text.search(/[^0-9a-fA-F]/);
  if (other >= 0) throw notHex(text, `${JSON.stringify(text.charAt(other))} at ${other}, expected a hexadecimal digit`);
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

const SHOWN_DIGITS = 80;

function notHex(text: string, problem: string): TeuError<StdErrorCode> {
  const shown = text.length > SHOWN_DIGITS ? `${text.slice(0, SHOWN_DIGITS)}…` : text;
  return new TeuError("ERR_HEX_INVALID", `Reading hexadecimal digits "${shown}": ${problem}`);
}
