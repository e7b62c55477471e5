/**
 * Values of D-Bus as bytes, as arguments of calls are written. Pure.
 * https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-marshaling
 * @module
 */
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
