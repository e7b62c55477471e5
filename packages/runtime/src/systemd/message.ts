/**
 * Messages of D-Bus as bytes: what a client of systemd writes and reads. Pure.
 * https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-marshaling
 * @module
 */
import { Failure } from "../failure.ts";

/**
 * A value with its type: `b` `y` `n` `q` `i` `u` `x` `t` `s`, or one of these in a list (`a`). Every item is text: a number
 * in decimal, `true` or `false`, or the string itself.
 */
export interface Value {
  readonly type: string;
  readonly items: readonly string[];
}

/** A named value, such as a property of a unit. */
export interface Property {
  readonly name: string;
  readonly value: Value;
}

/** Writes values one behind the other, each at its alignment. */
export class MessageWriter {
  private readonly bytes: number[] = [];

  align(size: number): this {
    while (this.bytes.length % size !== 0) this.bytes.push(0);
    return this;
  }

  byte(value: number): this {
    this.bytes.push(value);
    return this;
  }

  /** A whole number of `size` bytes, in decimal. */
  integer(text: string, size: number): this {
    this.align(size);
    for (const byte of decimalBytes(text, size)) this.bytes.push(byte);
    return this;
  }

  uint32(value: number): this {
    this.align(4);
    for (const shift of [0, 8, 16, 24]) this.bytes.push((value >>> shift) & 0xff);
    return this;
  }

  string(text: string): this {
    const encoded = utf8(text);
    this.uint32(encoded.length);
    for (const byte of encoded) this.bytes.push(byte);
    return this.byte(0);
  }

  signature(text: string): this {
    const encoded = utf8(text);
    this.byte(encoded.length);
    for (const byte of encoded) this.bytes.push(byte);
    return this.byte(0);
  }

  /** A list whose items have an alignment of `size`; `write` writes them. */
  list(size: number, write: () => void): this {
    this.uint32(0);
    const place = this.bytes.length - 4;
    this.align(size);
    const start = this.bytes.length;
    write();
    const length = this.bytes.length - start;
    for (let i = 0; i < 4; i++) this.bytes[place + i] = (length >>> (i * 8)) & 0xff;
    return this;
  }

  /** A value behind its type. */
  variant({ type, items }: Value): this {
    this.signature(type);
    const [first = ""] = items;
    if (!type.startsWith("a")) return this.basic(type, first);
    return this.list(sizeOf(type.slice(1)), () => {
      for (const item of items) this.basic(type.slice(1), item);
    });
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.bytes.length);
    let at = 0;
    for (const byte of this.bytes) bytes[at++] = byte;
    return bytes;
  }

  get length(): number {
    return this.bytes.length;
  }

  append(other: Uint8Array): this {
    for (const byte of other) this.bytes.push(byte);
    return this;
  }

  private basic(type: string, text: string): this {
    if (type === "s") return this.string(text);
    if (type === "b") return this.uint32(text === "true" ? 1 : 0);
    return type === "y" ? this.byte(Number(text) & 0xff) : this.integer(text, sizeOf(type));
  }
}

/** A whole number in decimal as bytes, the lowest first, digit by digit: 64 bits do not fit a number. */
function decimalBytes(text: string, size: number): number[] {
  const isNegative = text.startsWith("-");
  let bytes = Array.from({ length: size }, () => 0);
  for (const digit of isNegative ? text.slice(1) : text) bytes = multiplied(bytes, 10, Number(digit));
  return isNegative
    ? multiplied(
        bytes.map((byte) => 0xff - byte),
        1,
        1,
      )
    : bytes;
}

function multiplied(bytes: readonly number[], factor: number, added: number): number[] {
  let carry = added;
  return bytes.map((byte) => {
    carry += byte * factor;
    const low = carry & 0xff;
    carry = Math.floor(carry / 256);
    return low;
  });
}

function sizeOf(type: string): number {
  if (type === "y") return 1;
  if (type === "n" || type === "q") return 2;
  return type === "x" || type === "t" ? 8 : 4;
}

function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 + (code >> 6), tail(code));
    else if (code < 0x10000) bytes.push(0xe0 + (code >> 12), tail(code >> 6), tail(code));
    else bytes.push(0xf0 + (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return bytes;
}

function tail(bits: number): number {
  return 0x80 + (bits & 0x3f);
}

/** A call of a method, without its arguments. */
export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly face: string;
  readonly member: string;
  /** Types of the arguments; empty for none. */
  readonly signature: string;
}

export const METHOD_CALL = 1;
export const METHOD_RETURN = 2;
export const ERROR = 3;
export const SIGNAL = 4;

const PATH = 1;
const INTERFACE = 2;
const MEMBER = 3;
const ERROR_NAME = 4;
const REPLY_SERIAL = 5;
const DESTINATION = 6;
const SIGNATURE = 8;

/** The bytes of a call. `body` has its arguments. */
export function encodeCall(call: Call, serial: number, body: Uint8Array): Uint8Array {
  const writer = new MessageWriter().byte(0x6c).byte(METHOD_CALL).byte(0).byte(1);
  writer.uint32(body.length).uint32(serial);
  writer.list(8, () => {
    writer.align(8).byte(PATH).signature("o").string(call.path);
    writer.align(8).byte(INTERFACE).signature("s").string(call.face);
    writer.align(8).byte(MEMBER).signature("s").string(call.member);
    writer.align(8).byte(DESTINATION).signature("s").string(call.destination);
    if (call.signature !== "") writer.align(8).byte(SIGNATURE).signature("g").signature(call.signature);
  });
  return writer.align(8).append(body).toBytes();
}

const START_BYTES = 16;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** How long the message is that begins with these bytes; 0 where they are too few to tell. @throws Failure */
export function messageLength(bytes: Uint8Array): number {
  if (bytes.length < START_BYTES) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint8(0) !== 0x6c) throw new Failure("read from the D-Bus: a message in another byte order");
  const fields = Math.ceil((START_BYTES + view.getUint32(12, true)) / 8) * 8;
  const length = fields + view.getUint32(4, true);
  if (length > MAX_MESSAGE_BYTES) throw new Failure(`read from the D-Bus: a message of ${length} bytes`);
  return length;
}

/** What of a message matters to us. */
export interface Message {
  readonly type: number;
  readonly member: string;
  readonly errorName: string;
  readonly replySerial: number;
  readonly signature: string;
  /** The strings and object paths that the body begins with, and numbers among them as text; other types end the list. */
  readonly arguments: readonly string[];
}

/** Reads a whole message. @throws Failure where it is broken */
export function decodeMessage(bytes: Uint8Array): Message {
  try {
    return new MessageReader(bytes).message();
  } catch (error) {
    const cause = error instanceof Error ? error.message : "unknown";
    throw new Failure(`read from the D-Bus: a broken message: ${cause}`);
  }
}

class MessageReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  message(): Message {
    const type = this.view.getUint8(1);
    this.at = 12;
    const end = START_BYTES + this.uint32();
    let member = "";
    let errorName = "";
    let replySerial = 0;
    let signature = "";
    while (this.at < end) {
      this.align(8);
      const field = this.byte();
      const kind = this.text(this.byte());
      const value = this.basic(kind);
      if (field === MEMBER) member = value;
      else if (field === ERROR_NAME) errorName = value;
      else if (field === REPLY_SERIAL) replySerial = Number(value);
      else if (field === SIGNATURE) signature = value;
    }
    this.align(8);
    return { type, member, errorName, replySerial, signature, arguments: this.values(signature) };
  }

  private values(signature: string): string[] {
    const values: string[] = [];
    for (const type of signature) {
      if (!"sogu".includes(type)) break;
      values.push(this.basic(type));
    }
    return values;
  }

  private basic(type: string): string {
    if (type === "s" || type === "o") return this.text(this.uint32());
    if (type === "g") return this.text(this.byte());
    if (type === "u") return String(this.uint32());
    throw new Failure(`type ${JSON.stringify(type)} in a header`);
  }

  private text(length: number): string {
    if (this.at + length + 1 > this.bytes.length) throw new Failure("a text past its end");
    let text = "";
    // Names and paths are ASCII; of the words of an error what is not is left out.
    for (const byte of this.bytes.slice(this.at, this.at + length))
      text += byte < 0x80 ? String.fromCharCode(byte) : "?";
    this.at += length + 1;
    return text;
  }

  private byte(): number {
    this.at += 1;
    return this.view.getUint8(this.at - 1);
  }

  private uint32(): number {
    this.align(4);
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  private align(size: number): void {
    this.at = Math.ceil(this.at / size) * size;
  }
}
