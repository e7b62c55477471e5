/**
 * Requests and answers of a fake registry, and how answers go out, rightly or wrongly.
 * @module
 */
import type * as http from "node:http";
import type { RecordedRequest } from "./fake-registry.ts";
import type { Fault } from "./faults.ts";

/** A request under way. */
export interface FakeRequest {
  readonly message: http.IncomingMessage;
  readonly url: URL;
  readonly recorded: RecordedRequest;
  readonly fault: Fault | undefined;
}

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
}

/** An answer with an error of the specification. */
export function failure(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

const CHUNK_BYTES = 64 * 1024;

/** Sends an answer as `fault` wants it. */
export async function sendReply(
  response: http.ServerResponse,
  method: string,
  reply: Reply,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === "mute") return void response.destroy();
  const body = spoil(typeof reply.body === "string" ? new TextEncoder().encode(reply.body) : reply.body, fault);
  writeHead(response, reply, { fault, length: body.length });
  if (method === "HEAD") return void response.end();
  if (fault?.kind === "endless") return await sendForEver(response);
  await sendBytes(response, body.subarray(0, fault !== undefined && "after" in fault ? fault.after : body.length));
  if (fault?.kind === "cut") return void response.destroy();
  if (fault?.kind !== "stall") response.end();
}

function writeHead(
  response: http.ServerResponse,
  reply: Reply,
  { fault, length }: { readonly fault: Fault | undefined; readonly length: number },
): void {
  const bodyLength: Readonly<Record<string, string>> =
    fault?.kind === "endless" ? {} : { "content-length": `${length}` };
  const spoilt = fault?.kind === "headers" ? fault.headers : {};
  for (const [name, value] of Object.entries({ ...bodyLength, ...reply.headers, ...spoilt })) {
    if (value !== "") response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  response.writeHead(reply.status);
}

function spoil(body: Uint8Array, fault: Fault | undefined): Uint8Array {
  if (fault?.kind === "flip") return body.map((byte, at) => (at === fault.at ? byte ^ 1 : byte));
  if (fault?.kind !== "resize") return body;
  const resized = new Uint8Array(fault.to);
  resized.set(body.subarray(0, fault.to));
  return resized;
}

async function sendBytes(response: http.ServerResponse, body: Uint8Array): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += CHUNK_BYTES) {
    if (!response.write(body.subarray(at, at + CHUNK_BYTES))) {
      await room(response);
    }
  }
  // Out of the process before a connection is broken on purpose.
  await new Promise((resolve) => setImmediate(resolve));
}

async function sendForEver(response: http.ServerResponse): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES).fill(0x20);
  while (!response.destroyed) {
    if (!response.write(chunk)) await room(response);
  }
}

/** Waits until there is room to write, or nobody to write to. */
async function room(response: http.ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
