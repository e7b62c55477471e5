/**
 * Messages of D-Bus as bytes: what a client of systemd writes and reads. Pure.
 * https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-messages
 * @module
 */
import { Failure } from "../failure.ts";
import { MessageWriter } from "./message-writer.ts";

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
