/**
 * Maps of sparse files, in the four ways GNU tar has written them: old GNU headers, and PAX 0.0, 0.1 and 1.0.
 * @see https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarErrorCode } from "./errors.ts";
import { BLOCK_BYTES } from "./header.ts";
import { type Labelled, type TarLimits, checkLimit } from "./limits.ts";
import { readDecimal, readNumber } from "./numbers.ts";
import type { PaxRecord } from "./pax.ts";
import { decodeText } from "./text.ts";

/** A run of data in a sparse file. Between runs, and behind the last one, there are zeros. */
export interface SparseSegment {
  /** Where it belongs in the file, in bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Collects the segments of a file and refuses those that overlap, go backwards or never end. */
export class SparseMap {
  readonly segments: SparseSegment[] = [];
  readonly #limits: TarLimits;
  readonly #entry: Labelled;
  #end = 0;
  #dataBytes = 0;
  #count = 0;

  constructor(limits: TarLimits, entry: Labelled) {
    this.#limits = limits;
    this.#entry = entry;
  }

  /** @throws TeuError `ERR_TAR_SPARSE`, or `ERR_TAR_LIMIT` if there are too many. */
  add(offset: number, length: number): void {
    if (!Number.isSafeInteger(offset + length)) throw this.error("a segment that is not two numbers, expected two");
    if (offset < this.#end) {
      throw this.error(`a segment at ${offset}, expected none before the end of the last one at ${this.#end}`);
    }
    this.#end = offset + length;
    this.#dataBytes += length;
    this.#count += 1;
    this.checkCount(this.#count);
    if (length > 0) this.segments.push({ offset, length });
  }

  /** @throws TeuError `ERR_TAR_LIMIT` if `count` segments are too many. Those without length count. */
  checkCount(count: number): void {
    checkLimit(this.#limits, "maxSparseSegments", count, this.#entry);
  }

  /** Checks the whole against the size of the file and of its data. @throws TeuError `ERR_TAR_SPARSE` */
  finish(fileSize: number, storedSize: number): readonly SparseSegment[] {
    if (this.#end > fileSize) throw this.error(`segments up to ${this.#end}, expected at most ${fileSize}`);
    if (this.#dataBytes !== storedSize) {
      throw this.error(`segments of ${this.#dataBytes} bytes, expected the ${storedSize} that are stored`);
    }
    return this.segments;
  }

  error(problem: string): TeuError<TarErrorCode> {
    return new TeuError("ERR_TAR_SPARSE", `Reading the sparse map of ${this.#entry.label()}: ${problem}`);
  }
}

const NUMBER_BYTES = 12;
const HEADER_MAP = { start: 386, count: 4 } as const;
const EXTENSION_MAP = { start: 0, count: 21 } as const;
const EXTENSION_FLAG = 504;
const HEADER_FLAG = 482;

/** Reads the segments in an old GNU header. @returns Whether an extension block follows. */
export function readHeaderMap(map: SparseMap, bytes: Uint8Array, at: number): boolean {
  return readOldMap(map, bytes, at + HEADER_MAP.start, HEADER_MAP.count) && bytes[at + HEADER_FLAG] !== 0;
}

/** Reads the segments in an extension block of an old GNU header. @returns Whether another one follows. */
export function readExtensionMap(map: SparseMap, bytes: Uint8Array, at: number): boolean {
  return readOldMap(map, bytes, at + EXTENSION_MAP.start, EXTENSION_MAP.count) && bytes[at + EXTENSION_FLAG] !== 0;
}

/** @returns Whether all places are taken, so that there can be more. */
function readOldMap(map: SparseMap, bytes: Uint8Array, start: number, count: number): boolean {
  for (let i = 0; i < count; i += 1) {
    const at = start + i * 2 * NUMBER_BYTES;
    if (bytes[at] === 0 || bytes[at + NUMBER_BYTES] === 0) return false;
    const offset = readNumber(bytes, at, at + NUMBER_BYTES);
    const length = readNumber(bytes, at + NUMBER_BYTES, at + 2 * NUMBER_BYTES);
    map.add(offset, length < 0 ? Number.NaN : length);
  }
  return true;
}

const PREFIX = "GNU.sparse.";

/** Whether records say that a file is sparse. */
export function hasPaxSparse(records: readonly PaxRecord[]): boolean {
  return records.some((record) => record.key.startsWith(PREFIX));
}

/** What PAX records say about a sparse file. */
export interface PaxSparse {
  /** Where the map is: in the records, or in front of the data. */
  readonly mapIn: "records" | "data";
  /** The size of the file with its holes. */
  readonly realSize: number;
}

/**
 * Reads the records of a sparse file, among others in their order.
 * @throws TeuError `ERR_TAR_SPARSE` if they contradict each other or are of an unknown version.
 */
export function readPaxSparse(map: SparseMap, records: readonly PaxRecord[]): PaxSparse {
  const own = records.filter((record) => record.key.startsWith(PREFIX));
  const values = new Map(own.map(({ key, value }) => [key.slice(PREFIX.length), value]));
  const version = ["major", "minor"].map((key) => decodeText(values.get(key) ?? NO_BYTES) ?? "").join(".");
  const mapIn = version === "1.0" ? "data" : "records";
  if (!KNOWN_VERSIONS.has(version)) throw map.error(`version ${version}, expected 0.0, 0.1 or 1.0`);
  const size = values.get("realsize") ?? values.get("size");
  const realSize = size === undefined ? Number.NaN : readDecimal(size, 0, size.length);
  if (!Number.isSafeInteger(realSize)) throw map.error("no size of the file, expected GNU.sparse.realsize or size");
  if (mapIn === "records") readRecordMap(map, own);
  return { mapIn, realSize };
}

const NO_BYTES = new Uint8Array(0);
const KNOWN_VERSIONS: ReadonlySet<string> = new Set([".", "0.0", "0.1", "1.0"]);
const COMMA = 0x2c;

function readRecordMap(map: SparseMap, records: readonly PaxRecord[]): void {
  const list = records.findLast((record) => record.key === `${PREFIX}map`)?.value;
  const numbers = list === undefined ? pairNumbers(map, records) : listNumbers(list);
  const stated = records.findLast((record) => record.key === COUNT)?.decimal;
  if (numbers.length !== 2 * (stated ?? Number.NaN)) {
    throw map.error(`${numbers.length} numbers, expected two for each of ${stated ?? "GNU.sparse.numblocks"}`);
  }
  for (let i = 0; i < numbers.length; i += 2) map.add(numbers[i] ?? Number.NaN, numbers[i + 1] ?? Number.NaN);
}

/** Version 0.1: one record with offsets and lengths in turn. */
function listNumbers(list: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < list.length;) {
    const comma = list.indexOf(COMMA, at);
    const end = comma === -1 ? list.length : comma;
    numbers.push(readDecimal(list, at, end));
    at = end + 1;
  }
  return numbers;
}

/** Version 0.0: a record an offset, each followed by one of the length. */
function pairNumbers(map: SparseMap, records: readonly PaxRecord[]): number[] {
  const numbers: number[] = [];
  for (const { key, value } of records) {
    if (key !== OFFSET && key !== LENGTH) continue;
    if ((key === OFFSET) !== (numbers.length % 2 === 0)) throw map.error(`${key} out of turn, expected pairs`);
    numbers.push(readDecimal(value, 0, value.length));
  }
  return numbers;
}

const OFFSET = `${PREFIX}offset`;
const LENGTH = `${PREFIX}numbytes`;
const COUNT = `${PREFIX}numblocks`;
const NEWLINE = 0x0a;
const MAX_DIGITS = 16;

/** Reads the map that PAX 1.0 puts in front of the data: a count, then offsets and lengths, a line each, in whole blocks. */
export class DataMapReader {
  readonly #map: SparseMap;
  #number = 0;
  #digits = 0;
  #offset: number | undefined;
  #left: number | undefined;

  constructor(map: SparseMap) {
    this.#map = map;
  }

  /** Takes the next block. @returns Whether the map is complete. */
  block(bytes: Uint8Array, at: number): boolean {
    for (let i = at; i < at + BLOCK_BYTES; i += 1) {
      const byte = bytes[i] ?? 0;
      if (byte !== NEWLINE) this.#digit(byte);
      else if (this.#line()) return true;
    }
    return false;
  }

  #digit(byte: number): void {
    this.#digits += 1;
    this.#number = this.#number * 10 + (byte - 0x30);
    if (byte < 0x30 || byte > 0x39 || this.#digits > MAX_DIGITS) {
      throw this.#map.error("a line that is no number of up to 16 digits, expected one");
    }
  }

  #line(): boolean {
    if (this.#digits === 0) throw this.#map.error("an empty line, expected a number");
    const value = this.#number;
    this.#number = 0;
    this.#digits = 0;
    if (this.#left === undefined) {
      this.#map.checkCount(value);
      this.#left = value;
    } else if (this.#offset === undefined) this.#offset = value;
    else {
      this.#map.add(this.#offset, value);
      this.#offset = undefined;
      this.#left -= 1;
    }
    return this.#left === 0;
  }
}

/** Where in a file the bytes of its stored data belong, as they come. */
export class SegmentCursor {
  readonly #segments: readonly SparseSegment[];
  #index = 0;
  #done = 0;

  constructor(segments: readonly SparseSegment[]) {
    this.#segments = segments;
  }

  /** Where the next byte belongs. */
  get offset(): number {
    return (this.#segments[this.#index]?.offset ?? 0) + this.#done;
  }

  /** How many bytes belong there in a row. */
  get length(): number {
    return (this.#segments[this.#index]?.length ?? 0) - this.#done;
  }

  /** Moves on by at most {@link length} bytes. */
  advance(bytes: number): void {
    this.#done += bytes;
    if (this.length > 0) return;
    this.#index += 1;
    this.#done = 0;
  }
}
