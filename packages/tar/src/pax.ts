/**
 * PAX records: `LENGTH KEY=VALUE\n`, the body of extended headers.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 * @module
 */
import { TeuError } from "@teu/std/error";
import { concatBytes } from "@teu/std/bytes";
import type { TarErrorCode } from "./errors.ts";
import type { Labelled } from "./limits.ts";
import { readDecimal } from "./numbers.ts";
import { decodeRange, toBytes } from "./text.ts";

/** One record. Its value is bytes: names and attributes need not be text. An empty value takes the key's meaning away. */
export interface PaxRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;

/**
 * Reads the body of an extended header. Values share its memory.
 * @throws TeuError `ERR_TAR_PAX` if a record is malformed or its key is not UTF-8.
 */
export function parsePax(body: Uint8Array, header: Labelled): PaxRecord[] {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const records: PaxRecord[] = [];
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(SPACE, at);
    const length = space === -1 ? Number.NaN : readDecimal(body, at, Math.min(space, at + MAX_LENGTH_DIGITS + 1));
    const end = at + length;
    if (!(end <= body.length && end - 1 > space && body[end - 1] === NEWLINE)) throw malformed(header, at, "length");
    const equals = body.indexOf(EQUALS, space + 1);
    if (equals === -1 || equals >= end || equals === space + 1) throw malformed(header, at, "key");
    const key = decodeRange(buffer, space + 1, equals);
    if (key === undefined || key.includes("\0")) throw malformed(header, at, "key");
    records.push({ key, value: body.subarray(equals + 1, end - 1) });
    at = end;
  }
  return records;
}

// Enough for any body; a longer run of digits is not worth reading.
const MAX_LENGTH_DIGITS = 15;

const EXPECTED = {
  length: "no record of its stated length, expected length, space, key, equals sign, value and newline",
  key: "a record without a key in UTF-8, expected one before an equals sign",
} as const;

function malformed(header: Labelled, at: number, problem: keyof typeof EXPECTED): TeuError<TarErrorCode> {
  return new TeuError("ERR_TAR_PAX", `Reading ${header.label()}: byte ${at} of its body begins ${EXPECTED[problem]}`);
}

/** Writes records in the order given. Keys are not empty and have no equals sign. */
export function formatPax(records: Iterable<PaxRecord>): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const { key, value } of records) {
    const rest = toBytes(` ${key}=`);
    const length = recordLength(rest.length + value.length + 1);
    chunks.push(toBytes(String(length)), rest, value, Uint8Array.of(NEWLINE));
  }
  return concatBytes(chunks);
}

// The length counts its own digits.
function recordLength(rest: number): number {
  let length = rest + String(rest).length;
  if (String(length).length + rest !== length) length += 1;
  return length;
}
