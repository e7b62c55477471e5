/**
 * Answers of HTTP/1.1 in pieces of any size: the reader comes to an end, with a plain reason or with a body that is no longer
 * than what arrived.
 */
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { Arrivals } from "@teu/registry-client/http/arrivals";
import { type Patience, Connection } from "@teu/registry-client/http/connection";
import type { FuzzTarget } from "../target.ts";

const HEADS = ["HTTP/1.1 200 OK", "HTTP/1.1 100 go\r\n\r\nHTTP/1.1 206 Partial", "HTTP/1.0 404", "HTTP/1.1 204 x"];
const FIELDS = [
  "content-length: 5",
  "content-length: 5\r\nContent-Length: 5",
  "transfer-encoding: chunked",
  "a: b\r\n",
];
const BODIES = ["hello", "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nt: u\r\n\r\n", ""];
const MAX_PIECES = 64;

export const target: FuzzTarget = {
  name: "http-answer",
  *seeds() {
    for (const head of HEADS)
      for (const field of FIELDS)
        for (const body of BODIES) yield new TextEncoder().encode(`${head}\r\n${field}\r\n\r\n${body}`);
  },
  async run(input) {
    for (const pieces of [1, 3, MAX_PIECES]) {
      try {
        const bytes = await read(input, Math.max(1, Math.ceil(input.length / pieces)));
        if (bytes > input.length) throw new RangeError(`a body of ${bytes} bytes out of ${input.length}`);
      } catch (error) {
        if (!(error instanceof Error) || error instanceof RangeError || error instanceof TypeError) throw error;
        if (error.message.length > 300) throw new RangeError(`a reason of ${error.message.length} characters`);
      }
    }
  },
};

const PATIENCE: Patience = { limitMs: 1000, error: () => new RangeError("the reader waits for what cannot come") };

/** Reads an answer and tells the length of its body in bytes. */
async function read(input: Uint8Array, pieceBytes: number): Promise<number> {
  const stream = new PassThrough();
  const arrivals = new Arrivals();
  arrivals.attach(stream as unknown as Socket, { readsIntoSlabs: false });
  const connection = new Connection(stream as unknown as Socket, arrivals);
  for (let at = 0; at < input.length; at += pieceBytes) stream.write(input.slice(at, at + pieceBytes));
  stream.end();
  const { framing } = await connection.readHead(PATIENCE);
  let bytes = 0;
  for await (const chunk of bodyOf(connection, framing)) bytes += chunk.length;
  return bytes;
}

function bodyOf(connection: Connection, framing: number | "chunked" | "until-end"): AsyncIterable<Uint8Array> {
  if (framing === "chunked") return connection.readChunks(PATIENCE);
  return framing === "until-end" ? connection.readUntilEnd(PATIENCE) : connection.readBytes(framing, PATIENCE);
}
