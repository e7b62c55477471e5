/**
 * PAX records: `LENGTH KEY=VALUE\n`, the body of extended headers.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 * @module
 */
import { concatBytes } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import type { TarErrorCode } from "./errors.ts";
import type { Labelled } from "./limits.ts";
import { type TarTime, readDecimal, readTime } from "./numbers.ts";
import { decodeRange, plainView, toBytes } from "./text.ts";

/** The body of an extended header, in memory that stays. */
export interface PaxBody extends Labelled {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A record that was read. Its value is bytes, since names and attributes need not be text, and is read when asked for. */
export class PaxRecord {
  readonly key: string;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  /** @param bytes Memory with the value from `start` to `end`. */
  // oxlint-disable-next-line max-params -- made for every record of every entry, and in one place
  constructor(key: string, bytes: Buffer, start: number, end: number) {
    this.key = key;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** The value; it shares the memory of the body. */
  get value(): Uint8Array {
    return plainView(this.#bytes, this.#start, this.#end);
  }

  /** Length of the value in bytes. An empty value takes the key's meaning away. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The value as {@link readDecimal} reads it. */
  get decimal(): number {
    return readDecimal(this.#bytes, this.#start, this.#end);
  }

  /** The value as {@link readTime} reads it. */
  get time(): TarTime {
    return readTime(this.#bytes, this.#start, this.#end);
  }
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;

/**
 * Reads the body of an extended header.
 * @throws TeuError `ERR_TAR_PAX` if a record is malformed or its key is not UTF-8.
 */
export function parsePax(body: PaxBody): PaxRecord[] {
  const { bytes } = body;
  const records: PaxRecord[] = [];
  for (let at = body.start; at < body.end;) {
    const space = find(bytes, SPACE, at, Math.min(body.end, at + MAX_LENGTH_DIGITS + 1));
    const end = at + (space === -1 ? Number.NaN : readDecimal(bytes, at, space));
    if (!(end <= body.end && end - 1 > space && bytes[end - 1] === NEWLINE)) throw malformed(body, at, "length");
    const equals = find(bytes, EQUALS, space + 1, end);
    const key = equals > space + 1 ? readKey(bytes, space + 1, equals) : undefined;
    if (key === undefined) throw malformed(body, at, "key");
    records.push(new PaxRecord(key, bytes, equals + 1, end - 1));
    at = end;
  }
  return records;
}

// Enough for any body; a longer run of digits is not worth reading.
const MAX_LENGTH_DIGITS = 15;

function find(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let at = start; at < end; at += 1) if (bytes[at] === byte) return at;
  return -1;
}

// Telling the usual keys apart is cheaper than decoding them.
const USUAL_KEYS = ["mtime", "path", "atime", "ctime", "linkpath", "size", "uid", "gid"];

function readKey(bytes: Buffer, start: number, end: number): string | undefined {
  const usual = USUAL_KEYS.find((key) => key.length === end - start && isAt(bytes, start, key));
  if (usual !== undefined) return usual;
  const key = decodeRange(bytes, start, end);
  return key?.includes("\0") === true ? undefined : key;
}

function isAt(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

const EXPECTED = {
  length: "no record of its stated length, expected length, space, key, equals sign, value and newline",
  key: "a record without a key in UTF-8, expected one before an equals sign",
} as const;

function malformed(body: PaxBody, at: number, problem: keyof typeof EXPECTED): TeuError<TarErrorCode> {
  const place = `byte ${at - body.start} of its body`;
  return new TeuError("ERR_TAR_PAX", `Reading ${body.label()}: ${place} begins ${EXPECTED[problem]}`);
}

/** Writes records in the order given. Keys are not empty and have no equals sign. */
export function formatPax(records: Iterable<readonly [key: string, value: Uint8Array]>): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const [key, value] of records) {
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
