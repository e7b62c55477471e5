/**
 * Messages of protocol buffers, as CRIU speaks them: fields that are numbers or texts. Bytes cross as texts, in which
 * U+10FF80 to U+10FFFF stand for the bytes from 0x80 on that are no UTF-8.
 * https://protobuf.dev/programming-guides/encoding/
 * @module
 */
import { Failure } from "../failure.ts";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const FIRST_ESCAPE = 0x10ff80;

/** Collects the fields of a message. */
export class WireWriter {
  private readonly bytes: number[] = [];

  number(field: number, value: number): WireWriter {
    this.varint(field * 8 + VARINT);
    this.varint(value);
    return this;
  }

  /** Left out where it is false, as that is the default of every flag. */
  flag(field: number, value: boolean): WireWriter {
    return value ? this.number(field, 1) : this;
  }

  /** Left out where it is empty. */
  string(field: number, value: string): WireWriter {
    return value === "" ? this : this.piece(field, bytesOf(value));
  }

  message(field: number, value: WireWriter): WireWriter {
    return this.piece(field, value.bytes);
  }

  toBytes(): Uint8Array {
    const all = new Uint8Array(this.bytes.length);
    for (let i = 0; i < this.bytes.length; i++) all[i] = this.bytes[i] ?? 0;
    return all;
  }

  private piece(field: number, value: readonly number[]): WireWriter {
    this.varint(field * 8 + LENGTH);
    this.varint(value.length);
    for (const byte of value) this.bytes.push(byte);
    return this;
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes.push((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.bytes.push(rest);
  }
}

/** A received message: the last value of each field. */
export class WireMessage {
  private readonly numbers: Map<number, number> = new Map<number, number>();
  private readonly pieces: Map<number, readonly number[]> = new Map<number, readonly number[]>();

  /** @throws Failure where the bytes are no message */
  constructor(bytes: readonly number[]) {
    const reader = new Reader(bytes);
    while (!reader.atEnd) {
      const key = reader.varint();
      const field = Math.floor(key / 8);
      const kind = key % 8;
      if (kind === VARINT) this.numbers.set(field, reader.varint());
      else if (kind === LENGTH) this.pieces.set(field, reader.take(reader.varint()));
      else if (kind === FIXED64) reader.take(8);
      else if (kind === FIXED32) reader.take(4);
      else throw garbled();
    }
  }

  number(field: number): number {
    return this.numbers.get(field) ?? 0;
  }

  /** An ASCII text; other bytes become question marks. */
  string(field: number): string {
    let text = "";
    for (const byte of this.pieces.get(field) ?? []) text += byte < 0x80 ? String.fromCharCode(byte) : "?";
    return text;
  }

  message(field: number): WireMessage {
    return new WireMessage(this.pieces.get(field) ?? []);
  }
}

class Reader {
  private readonly bytes: readonly number[];
  private at = 0;

  constructor(bytes: readonly number[]) {
    this.bytes = bytes;
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  // Numbers of CRIU are far below 2^53 but for negative ones, of which only that they are is kept.
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw garbled();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) return value;
    }
    throw garbled();
  }

  take(size: number): readonly number[] {
    const from = this.at;
    this.at += size;
    if (this.at > this.bytes.length) throw garbled();
    return this.bytes.slice(from, this.at);
  }
}

function garbled(): Failure {
  return new Failure("criu answered with what is no message of its protocol");
}

/** The bytes that a text stands for. */
export function bytesOf(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const size = sizeOf(code);
    if (size === 1) bytes.push(code & 0xff);
    else {
      bytes.push(((0xf00 >> size) & 0xff) | (code >> (6 * (size - 1))));
      for (let shift = 6 * (size - 2); shift >= 0; shift -= 6) bytes.push(0x80 | ((code >> shift) & 0x3f));
    }
  }
  return bytes;
}

function sizeOf(code: number): number {
  if (code < 0x80 || code >= FIRST_ESCAPE) return 1;
  return code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
