/**
 * Calls of gRPC with one request and one answer, at a socket of this machine; messages are numbered fields.
 * https://github.com/grpc/grpc/blob/v1.76.0/doc/PROTOCOL-HTTP2.md
 * @module
 */
import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectSocket } from "node:net";
import { WireMessage, WireWriter } from "@teu/runtime/checkpoint/wire";

/** What a field holds: a number, a flag, a text, or a message. */
export type FieldValue = number | boolean | string | Fields;

/** Fields of a message by number. One that is undefined is left out, one that is a list is repeated. */
export type Fields = { readonly [field: number]: FieldValue | readonly FieldValue[] | undefined };

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
  async call(method: string, fields: Fields = {}): Promise<WireMessage> {
    const body = writerOf(fields).toBytes();
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
    return new WireMessage([...Buffer.concat(chunks).subarray(HEAD_BYTES)]);
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

function writerOf(fields: Fields): WireWriter {
  const writer = new WireWriter();
  for (const [field, values] of Object.entries(fields))
    for (const value of [values].flat()) if (value !== undefined) addField(writer, Number(field), value);
  return writer;
}

function addField(writer: WireWriter, field: number, value: FieldValue): void {
  if (typeof value === "number") writer.number(field, value);
  else if (typeof value === "boolean") writer.flag(field, value);
  else if (typeof value === "string") writer.string(field, value);
  else writer.message(field, writerOf(value));
}
