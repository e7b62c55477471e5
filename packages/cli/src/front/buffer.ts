/** `Buffer`, as far as it is used here. @module */
import { handOver } from "./hand-over.ts";

type Source = string | ArrayBufferLike | readonly number[] | Uint8Array;

/** Without the static functions, which `Buffer` has in other forms. */
const Bytes = Uint8Array as unknown as new (
  from: number | ArrayBufferLike,
  offset?: number,
  length?: number,
) => Uint8Array<ArrayBuffer>;

/** Bytes that can be read as text. */
export class FrontBuffer extends Bytes {
  static from(source: Source, encodingOrOffset?: unknown, length?: number): FrontBuffer {
    if (typeof source === "string") return encode(source, (encodingOrOffset as BufferEncoding | undefined) ?? "utf8");
    if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer)
      return new FrontBuffer(source, encodingOrOffset as number | undefined, length);
    const copy = new FrontBuffer((source as Uint8Array).length);
    copy.set(source);
    return copy;
  }

  static alloc(size: number): FrontBuffer {
    return new FrontBuffer(size);
  }

  static allocUnsafe(size: number): FrontBuffer {
    return new FrontBuffer(size);
  }

  static allocUnsafeSlow(size: number): FrontBuffer {
    return new FrontBuffer(size);
  }

  static byteLength(text: string | Uint8Array, encoding: BufferEncoding = "utf8"): number {
    return typeof text === "string" ? encode(text, encoding).length : text.byteLength;
  }

  static isBuffer(value: unknown): boolean {
    return value instanceof FrontBuffer;
  }

  static compare(a: Uint8Array, b: Uint8Array): number {
    for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
      const difference = (a[at] ?? 0) - (b[at] ?? 0);
      if (difference !== 0) return Math.sign(difference);
    }
    return Math.sign(a.length - b.length);
  }

  static concat(chunks: readonly Uint8Array[], size?: number): FrontBuffer {
    const all = new FrontBuffer(size ?? chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk.subarray(0, all.length - at), at);
      at += chunk.length;
    }
    return all;
  }

  override toString(encoding: BufferEncoding = "utf8", start = 0, end: number = this.length): string {
    return decode(this.subarray(start, end), encoding);
  }

  override subarray(start?: number, end?: number): FrontBuffer {
    const piece = super.subarray(start, end);
    return new FrontBuffer(piece.buffer, piece.byteOffset, piece.length);
  }

  equals(other: Uint8Array): boolean {
    return FrontBuffer.compare(this, other) === 0;
  }
}

/** The text that bytes are. */
export function decode(bytes: Uint8Array, encoding: string): string {
  let text = "";
  const take = (found: string): void => {
    text = found;
  };
  switch (encoding) {
    case "utf8":
    case "utf-8":
      sys_utf8(bytes, 0, take);
      return text;
    case "latin1":
    case "binary":
    case "ascii":
      sys_latin1(bytes, take);
      return text;
    case "hex":
      sys_hex(bytes, take);
      return text;
    case "base64":
    case "base64url":
      sys_latin1(bytes, take);
      text = btoa(text);
      return encoding === "base64" ? text : text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    default:
      return handOver(`text in ${encoding}`);
  }
}

function encode(text: string, encoding: string): FrontBuffer {
  switch (encoding) {
    case "utf8":
    case "utf-8":
      return utf8Bytes(text);
    case "latin1":
    case "binary":
      return latin1Bytes(text);
    case "hex":
      return FrontBuffer.from(
        (/^(?:[0-9a-fA-F]{2})*/.exec(text)?.[0].match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16)),
      );
    case "base64":
    case "base64url":
      return fromBase64(text);
    default:
      return handOver(`text in ${encoding}`);
  }
}

function latin1Bytes(text: string): FrontBuffer {
  const bytes = utf8Bytes(text);
  // Where every character is one byte, both are the same.
  if (bytes.length === text.length) return bytes;
  return FrontBuffer.from(Array.from(text, (character) => character.charCodeAt(0) & 0xff));
}

/** A text in UTF-8. */
export function utf8Bytes(text: string): FrontBuffer {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  const out = new FrontBuffer(whole.length);
  const size = sys_utf8_bytes(whole, out);
  if (size <= out.length) return out;
  const wider = new FrontBuffer(size);
  sys_utf8_bytes(whole, wider);
  return wider;
}

/** Node reads both alphabets, passes over what belongs to neither, and stops at the first "=". */
function fromBase64(text: string): FrontBuffer {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  const digits = plain.split("=", 1)[0]?.replace(/[^A-Za-z0-9+/]/g, "") ?? "";
  return encode(atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits), "latin1");
}
