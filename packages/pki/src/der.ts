/**
 * DER, read value by value: enough for certificates and time stamps.
 * @see {@link https://www.itu.int/rec/T-REC-X.690-202102-I/en}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { PkiErrorCode } from "./errors.ts";

/** Tags of values, as they stand in the first byte. */
export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const MAX_DEPTH = 32;
const MAX_CHILDREN = 10_000;

/** One value. */
export class Der {
  /** The first byte: class, form and number. */
  readonly tag: number;
  /** The whole value, with its tag and length. */
  readonly bytes: Uint8Array;
  /** What is inside. */
  readonly content: Uint8Array;
  readonly #depth: number;

  private constructor(bytes: Uint8Array, headLength: number, depth: number) {
    this.tag = bytes[0] ?? 0;
    this.bytes = bytes;
    this.content = bytes.subarray(headLength);
    this.#depth = depth;
  }

  /**
   * Reads the one value that fills `bytes`.
   * @throws TeuError `ERR_DER_INVALID`
   */
  static parse(bytes: Uint8Array): Der {
    const value = Der.#read(bytes, 0);
    if (value.bytes.length !== bytes.length) throw invalid("more bytes behind the value");
    return value;
  }

  static #read(bytes: Uint8Array, depth: number): Der {
    if (((bytes[0] ?? 0) & 0x1f) === 0x1f) throw invalid("a tag of several bytes");
    const { length, headLength } = readLength(bytes);
    if (headLength + length > bytes.length) throw invalid("the end within a value");
    return new Der(bytes.subarray(0, headLength + length), headLength, depth);
  }

  /** Tells whether it has values inside. */
  get isConstructed(): boolean {
    return (this.tag & 0x20) !== 0;
  }

  /**
   * The values inside.
   * @throws TeuError `ERR_DER_INVALID`
   */
  children(): readonly Der[] {
    const children: Der[] = [];
    for (const child of this.each()) {
      children.push(child);
      if (children.length > MAX_CHILDREN) throw invalid(`more than ${MAX_CHILDREN} values`);
    }
    return children;
  }

  /**
   * The values inside, one after the other, however many there are.
   * @throws TeuError `ERR_DER_INVALID`
   */
  *each(): Generator<Der> {
    if (!this.isConstructed) throw invalid("a plain value, expected one with values inside");
    if (this.#depth > MAX_DEPTH) throw invalid(`more than ${MAX_DEPTH} levels`);
    for (let rest = this.content; rest.length > 0;) {
      const child = Der.#read(rest, this.#depth + 1);
      yield child;
      rest = rest.subarray(child.bytes.length);
    }
  }

  /**
   * The value inside at a place, of a tag if one is given.
   * @throws TeuError `ERR_DER_INVALID` if there is none.
   */
  at(index: number, tag?: number): Der {
    const child = this.children()[index];
    if (child === undefined) throw invalid(`nothing at place ${index}`);
    return tag === undefined ? child : child.expect(tag);
  }

  /** This value. @throws TeuError `ERR_DER_INVALID` if it has another tag. */
  expect(tag: number): Der {
    if (this.tag === tag) return this;
    throw invalid(`tag 0x${this.tag.toString(16)}, expected 0x${tag.toString(16)}`);
  }

  /** The value inside with a context-specific tag, plain or constructed; nothing if there is none. */
  tagged(number: number): Der | undefined {
    return this.children().find(({ tag }) => (tag & ~0x20) === (0x80 | number));
  }

  /** @throws TeuError `ERR_DER_INVALID` */
  boolean(): boolean {
    const [value] = this.expect(DER_TAG.boolean).content;
    if (this.content.length !== 1 || (value !== 0 && value !== 0xff)) throw invalid("a boolean of another form");
    return value === 0xff;
  }

  /** @throws TeuError `ERR_DER_INVALID` */
  integer(): bigint {
    const { content } = this.expect(DER_TAG.integer);
    if (content.length === 0 || content.length > 1024) throw invalid(`an integer of ${content.length} bytes`);
    const value = BigInt(`0x${Buffer.from(content).toString("hex")}`);
    return (content[0] ?? 0) < 0x80 ? value : value - (1n << BigInt(8 * content.length));
  }

  /** An object identifier as `1.2.840`. @throws TeuError `ERR_DER_INVALID` */
  oid(): string {
    const { content } = this.expect(DER_TAG.oid);
    const arcs: bigint[] = [];
    let arc = 0n;
    for (const [at, byte] of content.entries()) {
      arc = (arc << 7n) | BigInt(byte & 0x7f);
      if (byte < 0x80) {
        arcs.push(arc);
        arc = 0n;
      } else if (at === content.length - 1 || at > 64) throw invalid("an object identifier without end");
    }
    const [first = 0n, ...rest] = arcs;
    const top = first < 80n ? first / 40n : 2n;
    return [top, first - top * 40n, ...rest].join(".");
  }

  /** Text of any of the string types, as UTF-8. @throws TeuError `ERR_DER_INVALID` */
  text(): string {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(this.content);
    } catch {
      throw invalid("text that is not UTF-8");
    }
  }

  /** The bits of a bit string without unused ones. @throws TeuError `ERR_DER_INVALID` */
  bits(): Uint8Array {
    const { content } = this.expect(DER_TAG.bitString);
    const unused = content[0] ?? 8;
    if (unused > 7 || (unused > 0 && content.length < 2)) throw invalid("a bit string of another form");
    return content.subarray(1);
  }

  /** A point in time in milliseconds since 1970. @throws TeuError `ERR_DER_INVALID` */
  time(): number {
    const text = this.text();
    const short = /^(\d\d)(\d{10})Z$/.exec(text);
    if (this.tag === DER_TAG.utcTime && short !== null)
      return readTime(`${Number(short[1]) < 50 ? "20" : "19"}${short[1]}${short[2]}`, "");
    const long = /^(\d{14})(\.\d{1,9})?Z$/.exec(text);
    if (this.tag === DER_TAG.generalizedTime && long !== null) return readTime(long[1] ?? "", long[2] ?? "");
    throw invalid(`the time ${JSON.stringify(text.slice(0, 40))}`);
  }
}

function readTime(digits: string, fraction: string): number {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)$/.exec(digits) ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}Z`);
  if (Number.isNaN(ms)) throw invalid(`the time ${digits}`);
  return ms;
}

function readLength(bytes: Uint8Array): { readonly length: number; readonly headLength: number } {
  const first = bytes[1];
  if (first === undefined) throw invalid("the end within a value");
  if (first < 0x80) return { length: first, headLength: 2 };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || bytes.length < 2 + count) throw invalid("a length that is not definite");
  const length = bytes.subarray(2, 2 + count).reduce((value, byte) => value * 256 + byte, 0);
  if (length < 0x80 || length < 256 ** (count - 1)) throw invalid("a length that is not in its shortest form");
  return { length, headLength: 2 + count };
}

function invalid(problem: string): TeuError<PkiErrorCode> {
  return new TeuError("ERR_DER_INVALID", `Reading DER: ${problem}`);
}
