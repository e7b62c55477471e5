/**
 * Calls of gRPC with one request and one answer, at a socket of this machine; messages are lists of numbered fields.
 * https://github.com/grpc/grpc/blob/v1.76.0/doc/PROTOCOL-HTTP2.md, https://protobuf.dev/programming-guides/encoding/
 * @module
 */
import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectSocket } from "node:net";

/** What a field holds: a number, a flag, a text, or a message. */
export type WireValue = number | boolean | string | WireMessage;

/** Fields by number. One that is undefined is left out, one that is a list is repeated. */
export type WireMessage = { readonly [field: number]: WireValue | readonly WireValue[] | undefined };

/** An answer: the last value of each field. */
export class WireAnswer {
  readonly #fields: ReadonlyMap<number, number | Buffer>;

  constructor(bytes: Buffer) {
    this.#fields = readFields(bytes);
  }

  number(field: number): number {
    const value = this.#fields.get(field);
    return typeof value === "number" ? value : 0;
  }

  text(field: number): string {
    return this.#bytes(field).toString();
  }

  message(field: number): WireAnswer {
    return new WireAnswer(this.#bytes(field));
  }

  #bytes(field: number): Buffer {
    const value = this.#fields.get(field);
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  }
}

/** A call that the server refused. */
export class CallError extends Error {}

const TIMEOUT_MS = 60_000;
const HEAD_BYTES = 5;

/** A client of the server at a socket. Dispose of it to close the connection. */
export class GrpcClient implements Disposable {
  readonly #session: ClientHttp2Session;

  constructor(socket: string) {
    this.#session = connect("http://localhost", { createConnection: () => connectSocket(socket) });
    this.#session.on("error", () => undefined);
  }

  /** Calls `method`, such as `/runtime.v1.RuntimeService/Version`. @throws CallError */
  async call(method: string, message: WireMessage = {}): Promise<WireAnswer> {
    const body = writeMessage(message);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(body.length, 1);
    const stream = this.#session.request({
      ":method": "POST",
      ":path": method,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let status: Record<string, unknown> = {};
    stream.on("response", (headers) => (status = { ...status, ...headers }));
    stream.on("trailers", (trailers) => (status = { ...status, ...trailers }));
    stream.setTimeout(TIMEOUT_MS, () => stream.destroy(new CallError(`${method}: no answer within a minute`)));
    stream.end(Buffer.concat([head, body]));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (String(status["grpc-status"]) !== "0") throw new CallError(`${method}: ${String(status["grpc-message"])}`);
    return new WireAnswer(Buffer.concat(chunks).subarray(HEAD_BYTES));
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

function writeMessage(message: WireMessage): Buffer {
  const parts = Object.entries(message).flatMap(([field, value]) =>
    [value].flat().map((each) => (each === undefined ? Buffer.alloc(0) : writeField(Number(field), each))),
  );
  return Buffer.concat(parts);
}

function writeField(field: number, value: WireValue): Buffer {
  if (typeof value === "number" || typeof value === "boolean")
    return Buffer.concat([varint(field * 8), varint(Number(value))]);
  const bytes = typeof value === "string" ? Buffer.from(value) : writeMessage(value);
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

function readFields(bytes: Buffer): Map<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const number = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const key = number();
    const field = Math.floor(key / 8);
    if (key % 8 === 0) fields.set(field, number());
    else if (key % 8 === 2) {
      const length = number();
      fields.set(field, bytes.subarray(at, (at += length)));
    } else at += key % 8 === 1 ? 8 : 4;
  }
  return fields;
}
