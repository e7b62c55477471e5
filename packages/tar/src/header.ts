/**
 * The 512-byte header block: where its fields are, which of the formats it is in, its checksum.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 (ustar)
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html (GNU)
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarErrorCode } from "./errors.ts";
import { readNumber } from "./numbers.ts";
import { displayText } from "./text.ts";

/** Archives are blocks of this many bytes. */
export const BLOCK_BYTES = 512;

/**
 * How a header is written: `v7`, without magic; `ustar`, POSIX 1988; `pax`, ustar with an extended header (POSIX 2001);
 * `gnu`; `star`, ustar with a shorter prefix and times.
 */
export type TarFormat = "v7" | "ustar" | "pax" | "gnu" | "star";

/** A field of a header: its name and where it starts and ends. */
export interface HeaderField {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The fields, by the names of the specification. */
export const FIELD = {
  name: { name: "name", start: 0, end: 100 },
  mode: { name: "mode", start: 100, end: 108 },
  uid: { name: "uid", start: 108, end: 116 },
  gid: { name: "gid", start: 116, end: 124 },
  size: { name: "size", start: 124, end: 136 },
  mtime: { name: "mtime", start: 136, end: 148 },
  chksum: { name: "chksum", start: 148, end: 156 },
  typeflag: { name: "typeflag", start: 156, end: 157 },
  linkname: { name: "linkname", start: 157, end: 257 },
  magic: { name: "magic", start: 257, end: 265 },
  uname: { name: "uname", start: 265, end: 297 },
  gname: { name: "gname", start: 297, end: 329 },
  devmajor: { name: "devmajor", start: 329, end: 337 },
  devminor: { name: "devminor", start: 337, end: 345 },
  prefix: { name: "prefix", start: 345, end: 500 },
  starPrefix: { name: "prefix", start: 345, end: 476 },
  gnuAtime: { name: "atime", start: 345, end: 357 },
  gnuIsExtended: { name: "isextended", start: 482, end: 483 },
  gnuRealSize: { name: "realsize", start: 483, end: 495 },
} as const satisfies Record<string, HeaderField>;

/** A header block whose checksum is right. It is a view: `bytes` from `at` must stay as they are. */
export class HeaderBlock {
  readonly bytes: Uint8Array;
  /** Where the block starts in `bytes`. */
  readonly at: number;
  /** Where it starts in the archive, for messages. */
  readonly offset: number;
  readonly format: TarFormat;

  constructor(bytes: Uint8Array, at: number, offset: number) {
    this.bytes = bytes;
    this.at = at;
    this.offset = offset;
    this.format = detectFormat(bytes, at);
  }

  get typeflag(): number {
    return this.bytes[this.at + FIELD.typeflag.start] ?? 0;
  }

  /** Reads a numeric field. @throws TeuError `ERR_TAR_NUMBER` if it is no number from `min` to 2^53-1. */
  number(field: HeaderField, min = 0): number {
    const value = readNumber(this.bytes, this.at + field.start, this.at + field.end);
    if (value >= min && value <= Number.MAX_SAFE_INTEGER) return value;
    throw wrongNumber(`${this.label()}: ${field.name}`, value, min);
  }

  /** The bytes of a text field up to its first NUL. They share memory with the block. */
  text(field: HeaderField): Uint8Array {
    const start = this.at + field.start;
    return this.bytes.subarray(start, textEnd(this.bytes, start, this.at + field.end));
  }

  /** A text field that headers without magic do not have. */
  owner(field: HeaderField): Uint8Array {
    return this.format === "v7" ? NO_BYTES : this.text(field);
  }

  /** The name with its prefix. */
  name(): Uint8Array {
    const prefix = this.#prefix();
    const name = this.text(FIELD.name);
    if (prefix.length === 0) return name;
    const whole = new Uint8Array(prefix.length + 1 + name.length);
    whole.set(prefix);
    whole[prefix.length] = SLASH;
    whole.set(name, prefix.length + 1);
    return whole;
  }

  /** The last byte of the name, undefined if it is empty. */
  lastOfName(): number | undefined {
    const start = this.at + FIELD.name.start;
    const end = textEnd(this.bytes, start, this.at + FIELD.name.end);
    if (end > start) return this.bytes[end - 1];
    return this.#prefix().length > 0 ? SLASH : undefined;
  }

  /** Whether the place of the prefix holds text although the format has none: some programs would read it as one. */
  hasOddPrefix(): boolean {
    const { start, end } = FIELD.gnuAtime;
    if (this.bytes[this.at + start] === 0) return false;
    if (this.format === "gnu") return Number.isNaN(readNumber(this.bytes, this.at + start, this.at + end));
    return this.format === "v7" && matches(this.bytes, this.at + FIELD.magic.start, USTAR);
  }

  #prefix(): Uint8Array {
    if (this.format === "ustar") return this.text(FIELD.prefix);
    return this.format === "star" ? this.text(FIELD.starPrefix) : NO_BYTES;
  }

  /** For messages: the header's name and place. */
  label(): string {
    return labelEntry(this.name(), this.offset);
  }
}

/** For messages: an entry's name and place. */
export function labelEntry(name: Uint8Array, offset: number): string {
  const shown = displayText(name.subarray(0, MAX_SHOWN_BYTES));
  return `tar entry "${shown}${name.length > MAX_SHOWN_BYTES ? "…" : ""}" at offset ${offset}`;
}

const MAX_SHOWN_BYTES = 200;

/** @returns The error for a value that is no number from `min` to 2^53-1. `where` names the field and its place. */
export function wrongNumber(where: string, value: number, min = 0): TeuError<TarErrorCode> {
  const actual = Number.isNaN(value) ? "not a number" : `${value}`;
  const expected = `a whole number from ${min} to ${Number.MAX_SAFE_INTEGER}`;
  return new TeuError("ERR_TAR_NUMBER", `Reading ${where}: ${actual}, expected ${expected}`);
}

const SLASH = 0x2f;
const NO_BYTES = new Uint8Array(0);

function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== 0) at += 1;
  return at;
}

function detectFormat(bytes: Uint8Array, at: number): TarFormat {
  if (!matches(bytes, at + FIELD.magic.start, USTAR)) return "v7";
  const end = at + FIELD.magic.start + USTAR.length;
  if (bytes[end] === 0) return matches(bytes, at + STAR_TRAILER_START, STAR_TRAILER) ? "star" : "ustar";
  return bytes[end] === SPACE && bytes[end + 1] === SPACE && bytes[end + 2] === 0 ? "gnu" : "v7";
}

const SPACE = 0x20;
const USTAR = ascii("ustar");
const STAR_TRAILER_START = 508;
const STAR_TRAILER = ascii("tar\0");

function ascii(text: string): readonly number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function matches(bytes: Uint8Array, at: number, expected: readonly number[]): boolean {
  for (let i = 0; i < expected.length; i += 1) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

/** What {@link checkBlock} found. */
export type BlockKind = "header" | "zero" | "other";

/**
 * Tells whether a block is a header, by its checksum: the sum of its bytes, the checksum's own taken as spaces. Bytes
 * count as unsigned, or as signed, which some old programs did.
 * @param words The block as 128 words of any byte order.
 */
export function checkBlock(words: Int32Array, start: number, bytes: Uint8Array, at: number): BlockKind {
  const sum = sumWords(words, start);
  if (sum === 0) return "zero";
  const { start: from, end } = FIELD.chksum;
  let own = 0;
  for (let i = at + from; i < at + end; i += 1) own += bytes[i] ?? 0;
  const expected = readNumber(bytes, at + from, at + end);
  const unsigned = sum - own + SPACE * (end - from);
  if (expected === unsigned) return "header";
  return expected === unsigned - 256 * countHigh(bytes, at) ? "header" : "other";
}

// Four bytes at a time, in two sums of two 16-bit lanes each, which 128 words cannot overflow.
function sumWords(words: Int32Array, start: number): number {
  let even = 0;
  let odd = 0;
  for (let i = start; i < start + BLOCK_BYTES / 4; i += 1) {
    const word = words[i] ?? 0;
    even += word & 0x00ff00ff;
    odd += (word >>> 8) & 0x00ff00ff;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}

function countHigh(bytes: Uint8Array, at: number): number {
  const { start, end } = FIELD.chksum;
  let high = 0;
  for (let i = 0; i < BLOCK_BYTES; i += 1) {
    if ((i < start || i >= end) && (bytes[at + i] ?? 0) >= 0x80) high += 1;
  }
  return high;
}
