/**
 * Answers of the registry, sent by Node: what is in memory at once or piece by piece, files through two pieces of memory.
 * @module
 */
import { read } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import type { ByteStream } from "@teu/content/store";
import { endSlab, takeSlab } from "@teu/std/slabs";
import { bodyChunks } from "./internal/body-chunks.ts";
import { PIECE_BYTES, pieceBytes } from "./internal/piece-bytes.ts";
import type { Awaitable } from "./metadata/metadata.ts";
import { type Answer, type FilePart, type RegistryRequest, isContentBody } from "./exchange.ts";
import type { NodeRequest, NodeResponse } from "./node-request.ts";

/** Bodies that nobody reads are taken in up to this size, so that the connection can go on. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** How much of a longer one, and for how long: clients that look for an answer only when all is sent shall find it. */
const LINGER = { bytes: 64 * 1024 * 1024, ms: 5000 };

/** Sends an answer, and tells how many bytes of its body went out. */
export function sendAnswer(
  { status, headers, body }: Answer,
  { method }: RegistryRequest,
  node: NodeRequest,
  response: NodeResponse,
): Awaitable<number> {
  if (isMuchLeft(node)) {
    response.setHeader("Connection", "close");
    if (!isContentBody(body)) return sendAndLinger({ status, headers, body: body ?? "" }, node, response);
  }
  if (method !== "HEAD" && isContentBody(body)) {
    // What cannot be read at all is answered with an error.
    const begin = (): void => writeHead(response, status, headers);
    return body.file === undefined ? sendStream(body.stream(), response, begin) : sendFile(body.file, response, begin);
  }
  writeHead(response, status, headers);
  if (method === "HEAD" || body === undefined || isContentBody(body)) {
    response.end();
    return 0;
  }
  if (typeof body === "object" && body.length > PIECE_BYTES) return sendBytes(body, response);
  if (typeof body === "object" && body.length <= MAX_JOINED_BYTES) endJoined(response, body);
  else response.end(body);
  return body.length;
}

const MAX_JOINED_BYTES = 32_768;

/** Node writes the head and a body of characters at once, which costs less than two pieces. */
function endJoined(response: NodeResponse, { buffer, byteOffset, length }: Uint8Array): void {
  response.end(Buffer.from(buffer, byteOffset, length).toString("latin1"), "latin1");
}

/** Whether so much of a request's body has not been read that its connection is better closed. */
function isMuchLeft({ method, httpVersionMajor, complete, headers }: NodeRequest): boolean {
  if (method === "GET" || method === "HEAD" || httpVersionMajor >= 2 || complete) return false;
  return Number(headers["content-length"] ?? Infinity) > MAX_UNREAD_BYTES;
}

interface ShortAnswer {
  readonly status: number;
  readonly headers: Answer["headers"];
  readonly body: Uint8Array | string;
}

/**
 * Sends an answer while the request's body goes on to arrive, and closes the connection only then: closed with bytes
 * unread, it would take the answer back.
 */
async function sendAndLinger(
  { status, headers, body }: ShortAnswer,
  node: NodeRequest,
  response: NodeResponse,
): Promise<number> {
  const bytes = Buffer.from(body);
  writeHead(response, status, { ...headers, "Content-Length": String(bytes.length) });
  if (bytes.length > 0) write(response, bytes);
  const timer = setTimeout(() => node.destroy(), LINGER.ms);
  let unread = 0;
  try {
    for await (const chunk of bodyChunks(node)) {
      unread += chunk.length;
      if (unread > LINGER.bytes) break;
    }
  } catch {
    // The client has gone.
  } finally {
    clearTimeout(timer);
  }
  response.end();
  return bytes.length;
}

/** Files that this process sends. */
let files = 0;

/** Sends bytes that are in memory, piece by piece: TLS makes a copy of whatever it gets at once. */
async function sendBytes(bytes: Uint8Array, response: NodeResponse): Promise<number> {
  const flush = flusher(response);
  for (let position = 0; position < bytes.length; position += PIECE_BYTES) {
    if (response.destroyed) return position;
    await flush(bytes.subarray(position, position + PIECE_BYTES));
  }
  response.end();
  return bytes.length;
}

/**
 * Sends part of a file through two pieces of memory: one is read into while the other one goes out. Fresh memory for each
 * piece would cost more than the reading.
 */
async function sendFile({ path, start, end }: FilePart, response: NodeResponse, begin: () => void): Promise<number> {
  await using handle = await open(path);
  begin();
  files += 1;
  try {
    return await sendPieces(handle, { path, start, end }, response);
  } finally {
    files -= 1;
  }
}

async function sendPieces(handle: FileHandle, { path, start, end }: FilePart, response: NodeResponse): Promise<number> {
  const bytes = pieceBytes(files);
  const pieces = [takeSlab(bytes), takeSlab(bytes)] as const;
  const flush = flusher(response);
  let sending = Promise.resolve();
  for (let [position, turn] = [start, 0]; position < end; turn += 1) {
    const piece = turn % 2 === 0 ? pieces[0] : pieces[1];
    const bytesRead = await readInto(handle, piece.subarray(0, end - position), position);
    if (bytesRead === 0) throw new Error(`Sending file "${path}": it ends at ${position}, expected ${end} bytes`);
    await sending;
    if (response.destroyed) return position - start;
    sending = flush(piece.subarray(0, bytesRead));
    position += bytesRead;
  }
  await sending;
  // Where the client has gone, its connection may still have them.
  if (!response.destroyed) for (const piece of pieces) endSlab(piece, 0);
  response.end();
  return end - start;
}

/** Costs half of what the same method of a handle does. */
function readInto({ fd }: FileHandle, piece: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, piece, 0, piece.length, position, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
}

/** What writes a chunk, one at a time, and resolves once its memory may be used again, or the client has gone. */
function flusher(response: NodeResponse): (chunk: Uint8Array) => Promise<void> {
  let settle = (): void => {};
  response.once("close", () => settle());
  return (chunk) =>
    new Promise((resolve) => {
      settle = resolve;
      (response as ServerResponse).write(chunk, () => resolve());
    });
}

async function sendStream(stream: ByteStream, response: NodeResponse, begin: () => void): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) {
    if (response.destroyed) return bytes;
    if (!response.headersSent) begin();
    bytes += chunk.length;
    if (!write(response, chunk)) await drained(response);
  }
  if (!response.headersSent) begin();
  response.end();
  return bytes;
}

// The two classes have the same methods, which the types of their union do not show.
function writeHead(response: NodeResponse, status: number, headers: Answer["headers"]): void {
  (response as ServerResponse).writeHead(status, headers as Record<string, string | string[]>);
}

function write(response: NodeResponse, chunk: Uint8Array): boolean {
  return (response as ServerResponse).write(chunk);
}

function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off("drain", settle);
      response.off("close", settle);
      resolve();
    };
    response.on("drain", settle);
    response.on("close", settle);
    if (response.destroyed) settle();
  });
}
