/**
 * CBOR as signatures need it, in the one deterministic form: definite lengths, shortest numbers, no value twice in a map,
 * no floating point numbers. What is written in another form is refused.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8949#section-4.2.1}
 * @module
 */
import { concatBytes, toHex } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import type { PkiErrorCode } from "./errors.ts";

/** A value. Whole numbers beyond 2^53 are `bigint`; `Uint8Array` is a byte string. */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborKey, CborValue>
  | CborTag;

/** What a map is keyed by here. */
export type CborKey = number | bigint | string;

/** A value with a tag number in front. */
export class CborTag {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
const FALSE = 20;
const TRUE = 21;
const NULL = 22;
const MAX_DEPTH = 16;
const MAX_ITEMS = 10_000;

/**
 * Reads one value, which has to fill `bytes`.
 * @throws TeuError `ERR_CBOR_INVALID`, also for more than 16 levels or 10,000 values.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw invalid(reader.at, "more bytes behind the value");
  return value;
}

class Reader {
  at = 0;
  #items = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw invalid(this.at, `more than ${MAX_DEPTH} levels`);
    if ((this.#items += 1) > MAX_ITEMS) throw invalid(this.at, `more than ${MAX_ITEMS} values`);
    const first = this.#take(1)[0] ?? 0;
    const major = first >> 5;
    if (major === MAJOR.simple) return this.#simple(first & 31);
    const argument = this.#argument(first & 31);
    switch (major) {
      case MAJOR.unsigned:
        return narrow(argument);
      case MAJOR.negative:
        return narrow(-1n - argument);
      case MAJOR.bytes:
        return this.#take(Number(argument)).slice();
      case MAJOR.text:
        return this.#text(Number(argument));
      case MAJOR.array:
        return this.#array(Number(argument), depth);
      case MAJOR.map:
        return this.#map(Number(argument), depth);
      default:
        return new CborTag(Number(argument), this.value(depth + 1));
    }
  }

  #argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    const length = [1, 2, 4, 8][info - 24];
    if (length === undefined) throw invalid(this.at - 1, "a length that is not definite");
    const start = this.at;
    this.#take(length);
    const value = this.#number(start, length);
    const least = length === 1 ? 24n : 1n << BigInt(4 * length);
    if (value < least) throw invalid(start, "a number that is not in its shortest form");
    return value;
  }

  #number(start: number, length: number): bigint {
    if (length === 8) return this.#view.getBigUint64(start);
    if (length === 4) return BigInt(this.#view.getUint32(start));
    return BigInt(length === 2 ? this.#view.getUint16(start) : this.#view.getUint8(start));
  }

  #take(length: number): Uint8Array {
    const end = this.at + length;
    if (!(end <= this.#bytes.length)) throw invalid(this.at, `the end, expected ${length} more bytes`);
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  #text(length: number): string {
    const start = this.at;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#take(length));
    } catch (cause) {
      if (cause instanceof TeuError) throw cause;
      throw invalid(start, "text that is not UTF-8");
    }
  }

  #array(length: number, depth: number): readonly CborValue[] {
    const items: CborValue[] = [];
    // Each value takes a byte at least, so a false length ends with the bytes.
    for (let at = 0; at < length; at += 1) items.push(this.value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): ReadonlyMap<CborKey, CborValue> {
    const map = new Map<CborKey, CborValue>();
    for (let at = 0; at < length; at += 1) {
      const start = this.at;
      const key = this.value(depth + 1);
      if (typeof key !== "number" && typeof key !== "bigint" && typeof key !== "string")
        throw invalid(start, "a key of a map that is neither number nor text");
      if (map.has(key)) throw invalid(start, "a key of a map for the second time");
      map.set(key, this.value(depth + 1));
    }
    return map;
  }

  #simple(info: number): CborValue {
    if (info === FALSE || info === TRUE) return info === TRUE;
    if (info === NULL) return null;
    throw invalid(this.at - 1, "a floating point number or a simple value, of which null, true and false are read");
  }
}

function narrow(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** Writes a value in the deterministic form. Maps are sorted by the bytes of their keys. */
export function encodeCbor(value: CborValue): Uint8Array<ArrayBuffer> {
  if (value === null) return Uint8Array.of((MAJOR.simple << 5) | NULL);
  if (typeof value === "boolean") return Uint8Array.of((MAJOR.simple << 5) | (value ? TRUE : FALSE));
  if (typeof value === "number" || typeof value === "bigint") return encodeInteger(BigInt(value));
  if (typeof value === "string") return withHead(MAJOR.text, new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return withHead(MAJOR.bytes, value);
  if (value instanceof CborTag) return concatBytes([head(MAJOR.tag, BigInt(value.tag)), encodeCbor(value.value)]);
  if (value instanceof Map) return encodeMap(value as ReadonlyMap<CborKey, CborValue>);
  const items = value as readonly CborValue[];
  return concatBytes([head(MAJOR.array, BigInt(items.length)), ...items.map(encodeCbor)]);
}

function encodeInteger(value: bigint): Uint8Array<ArrayBuffer> {
  return value < 0n ? head(MAJOR.negative, -1n - value) : head(MAJOR.unsigned, value);
}

function encodeMap(map: ReadonlyMap<CborKey, CborValue>): Uint8Array<ArrayBuffer> {
  const entries = [...map].map(([key, value]) => [encodeCbor(key), encodeCbor(value)] as const);
  entries.sort(([a], [b]) => (toHex(a) < toHex(b) ? -1 : 1));
  return concatBytes([head(MAJOR.map, BigInt(map.size)), ...entries.flat()]);
}

function withHead(major: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes([head(major, BigInt(bytes.length)), bytes]);
}

function head(major: number, argument: bigint): Uint8Array<ArrayBuffer> {
  if (argument < 24n) return Uint8Array.of((major << 5) | Number(argument));
  const power = argument < 1n << 8n ? 0 : argument < 1n << 16n ? 1 : argument < 1n << 32n ? 2 : 3;
  const hex = argument.toString(16).padStart(2 << power, "0");
  return Uint8Array.of((major << 5) | (24 + power), ...Buffer.from(hex, "hex"));
}

function invalid(at: number, problem: string): TeuError<PkiErrorCode> {
  return new TeuError("ERR_CBOR_INVALID", `Reading CBOR at byte ${at}: ${problem}`);
}
