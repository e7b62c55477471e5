/**
 * The 512-byte header block: where its fields are, which of the formats it is in, its checksum.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 (ustar)
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html (GNU)
 * @module
 */
import { concatBytes } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import type { TarErrorCode } from "./errors.ts";
import { readNumber } from "./numbers.ts";
import { type Name, displayText, nameBytes, nameIn, nameOf } from "./text.ts";

/** Archives are blocks of this many bytes. */
export const BLOCK_BYTES = 512;

/** `bytes` up to the next block. */
export function padded(bytes: number): number {
  const over = bytes % BLOCK_BYTES;
  return over === 0 ? bytes : bytes + BLOCK_BYTES - over;
}

/**
 * How a header is written: `v7`, without magic; `ustar`, POSIX 1988; `pax`, ustar with an extended header (POSIX 2001);
 * `gnu`; `star`, ustar with a shorter prefix and times.
 */
export type TarFormat = "v7" | "ustar" | "pax" | "gnu" | "star";

/** A field of a header: its name, that of the PAX record that has its place, and where it starts and ends. */
export interface HeaderField {
  readonly name: string;
  readonly pax: string;
  readonly start: number;
  readonly end: number;
}

/** What there are fields for. */
export type FieldName =
  | "name"
  | "mode"
  | "uid"
  | "gid"
  | "size"
  | "mtime"
  | "chksum"
  | "typeflag"
  | "linkname"
  | "magic"
  | "uname"
  | "gname"
  | "devmajor"
  | "devminor"
  | "prefix"
  | "starPrefix"
  | "gnuAtime"
  | "gnuCtime"
  | "gnuRealSize";

/** The fields of a header. */
export const FIELD: Readonly<Record<FieldName, HeaderField>> = {
  name: { name: "name", pax: "path", start: 0, end: 100 },
  mode: { name: "mode", pax: "", start: 100, end: 108 },
  uid: { name: "uid", pax: "uid", start: 108, end: 116 },
  gid: { name: "gid", pax: "gid", start: 116, end: 124 },
  size: { name: "size", pax: "size", start: 124, end: 136 },
  mtime: { name: "mtime", pax: "mtime", start: 136, end: 148 },
  chksum: { name: "chksum", pax: "", start: 148, end: 156 },
  typeflag: { name: "typeflag", pax: "", start: 156, end: 157 },
  linkname: { name: "linkname", pax: "linkpath", start: 157, end: 257 },
  magic: { name: "magic", pax: "", start: 257, end: 265 },
  uname: { name: "uname", pax: "uname", start: 265, end: 297 },
  gname: { name: "gname", pax: "gname", start: 297, end: 329 },
  devmajor: { name: "devmajor", pax: "SCHILY.devmajor", start: 329, end: 337 },
  devminor: { name: "devminor", pax: "SCHILY.devminor", start: 337, end: 345 },
  prefix: { name: "prefix", pax: "", start: 345, end: 500 },
  starPrefix: { name: "prefix", pax: "", start: 345, end: 476 },
  gnuAtime: { name: "atime", pax: "", start: 345, end: 357 },
  gnuCtime: { name: "ctime", pax: "", start: 357, end: 369 },
  gnuRealSize: { name: "realsize", pax: "", start: 483, end: 495 },
};

/** A header block whose checksum is right. It is a view, good as long as `bytes` stay as they are. */
export class HeaderBlock {
  readonly bytes: Buffer;
  /** Where the block starts in `bytes`. */
  readonly at: number;
  /** Where it starts in the archive, for messages. */
  readonly offset: number;
  readonly format: TarFormat;
  /** Where the name ends in `bytes`, its prefix aside. */
  readonly nameEnd: number;

  constructor(bytes: Buffer, at: number, offset: number) {
    this.bytes = bytes;
    this.at = at;
    this.offset = offset;
    this.format = detectFormat(bytes, at);
    this.nameEnd = textEnd(bytes, at + FIELD.name.start, at + FIELD.name.end);
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

  /** Where a text field ends in `bytes`: at its first NUL, or where it is full. */
  textEnd(field: HeaderField): number {
    return textEnd(this.bytes, this.at + field.start, this.at + field.end);
  }

  /** A text field. */
  text(field: HeaderField): Name {
    return nameIn(this.bytes, this.at + field.start, this.textEnd(field));
  }

  /** The name with its prefix. */
  name(): Name {
    const prefix = prefixOf(this);
    const name = nameIn(this.bytes, this.at + FIELD.name.start, this.nameEnd);
    if (prefix === undefined) return name;
    const front = this.text(prefix);
    if (typeof front === "string" && typeof name === "string") return `${front}/${name}`;
    return nameOf(concatBytes([nameBytes(front), Uint8Array.of(SLASH), nameBytes(name)]));
  }

  /** Whether the place of the prefix holds something although the format has none there: some programs would use it. */
  hasOddPrefix(): boolean {
    if (this.bytes[this.at + FIELD.prefix.start] === 0 || this.format === "ustar" || this.format === "star")
      return false;
    return this.format === "v7" || !(isNumber(this, FIELD.gnuAtime) && isNumber(this, FIELD.gnuCtime));
  }

  /** For messages: the header's name and place. */
  label(): string {
    return labelEntry(nameBytes(this.name()), this.offset);
  }
}

/**
 * Checks the numbers of a device, whatever the type: Go refuses an archive for them, and Python takes it to end there.
 * @throws TeuError `ERR_TAR_NUMBER`
 */
export function checkDevice(block: HeaderBlock): void {
  if (block.format === "v7" || isPlainDevice(block.bytes, block.at)) return;
  for (const field of [FIELD.devmajor, FIELD.devminor]) block.number(field);
}

// Zeros are what nearly every header has there.
function isPlainDevice(bytes: Uint8Array, at: number): boolean {
  let seen = 0;
  for (let i = at + FIELD.devmajor.start; i < at + FIELD.devminor.end; i += 1) seen |= bytes[i] ?? 0;
  return seen === 0 || seen === ZERO_DIGIT;
}

const ZERO_DIGIT = 0x30;

/** Checks the numbers of a header that has no use for them, as {@link checkDevice} does. */
export function checkNumbers(block: HeaderBlock): void {
  for (const field of [FIELD.mode, FIELD.uid, FIELD.gid]) block.number(field);
  block.number(FIELD.mtime, -Number.MAX_SAFE_INTEGER);
  checkDevice(block);
}

/** The field of the prefix if there is one in it. */
function prefixOf({ bytes, at, format }: HeaderBlock): HeaderField | undefined {
  if (bytes[at + FIELD.prefix.start] === 0) return undefined;
  if (format === "ustar") return FIELD.prefix;
  return format === "star" ? FIELD.starPrefix : undefined;
}

function isNumber({ bytes, at }: HeaderBlock, field: HeaderField): boolean {
  return !Number.isNaN(readNumber(bytes, at + field.start, at + field.end));
}

/** The last byte of the name in a header, undefined if it is empty. */
export function lastOfName(block: HeaderBlock): number | undefined {
  if (block.nameEnd > block.at + FIELD.name.start) return block.bytes[block.nameEnd - 1];
  return prefixOf(block) === undefined ? undefined : SLASH;
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

function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== 0) at += 1;
  return at;
}

function detectFormat(bytes: Uint8Array, at: number): TarFormat {
  const magic = at + FIELD.magic.start;
  if (!startsUstar(bytes, magic)) return "v7";
  const next = bytes[magic + 5];
  if (next === 0) return endsStar(bytes, at) ? "star" : "ustar";
  return next === SPACE && bytes[magic + 6] === SPACE && bytes[magic + 7] === 0 ? "gnu" : "v7";
}

const SPACE = 0x20;

// "ustar"
function startsUstar(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0x75 &&
    bytes[at + 1] === 0x73 &&
    bytes[at + 2] === 0x74 &&
    bytes[at + 3] === 0x61 &&
    bytes[at + 4] === 0x72
  );
}

// "tar" and a NUL
function endsStar(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 508] === 0x74 && bytes[at + 509] === 0x61 && bytes[at + 510] === 0x72 && bytes[at + 511] === 0;
}

/**
 * Tells whether a block is a header, by its checksum: the sum of its bytes, the checksum's own taken as spaces. Bytes
 * count as unsigned, or as signed, which some old programs did.
 * @param sum The sum of all its bytes as unsigned.
 */
export function isHeader(bytes: Uint8Array, at: number, sum: number): boolean {
  const { start, end } = FIELD.chksum;
  let unsigned = sum;
  for (let i = at + start; i < at + end; i += 1) unsigned += SPACE - (bytes[i] ?? 0);
  const expected = readNumber(bytes, at + start, at + end);
  return expected === unsigned || expected === unsigned - 256 * countHigh(bytes, at);
}

function countHigh(bytes: Uint8Array, at: number): number {
  const { start, end } = FIELD.chksum;
  let high = 0;
  for (let i = 0; i < BLOCK_BYTES; i += 1) {
    if ((i < start || i >= end) && (bytes[at + i] ?? 0) >= 0x80) high += 1;
  }
  return high;
}
