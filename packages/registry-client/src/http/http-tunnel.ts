/**
 * The client's side of a tunnel through a proxy of HTTP.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110.html#section-9.3.6}
 * @module
 */
import { type Socket, isIPv6 } from "node:net";
import { parseHead } from "./answer-head.ts";
import { SocketReader } from "./socket-reader.ts";

/** Where to connect to, and as whom. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`; nothing for none. */
  readonly authorization?: string | undefined;
}

const MAX_ANSWER_BYTES = 16 * 1024;

/** Asks the proxy at the other end of `socket` to pass bytes on to the target. Throws with a plain reason. */
export async function connectHandshake(socket: Socket, { host, port, authorization }: TunnelTarget): Promise<void> {
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const credentials = authorization === undefined ? "" : `proxy-authorization: ${authorization}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${credentials}\r\n`);
  const reader = new SocketReader(socket);
  let text = "";
  // Byte by byte: what follows the head belongs to somebody else.
  while (!text.endsWith("\r\n\r\n")) {
    if (text.length >= MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes to CONNECT`);
    text += String.fromCharCode(...(await reader.take(1)));
  }
  const { status } = parseHead(text.trimEnd());
  if (status !== 200) throw new Error(`status ${status} to CONNECT, expected 200`);
  reader.end();
}
