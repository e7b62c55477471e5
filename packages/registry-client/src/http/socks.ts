/**
 * The client's side of SOCKS 5: greeting, user and password, and the request to connect.
 * @see {@link https://www.rfc-editor.org/rfc/rfc1928}
 * @see {@link https://www.rfc-editor.org/rfc/rfc1929}
 * @module
 */
import type { Socket } from "node:net";
import { concatBytes } from "@teu/std/bytes";
import { SocketReader } from "./socket-reader.ts";

/** Where to connect to, and as whom. */
export interface SocksTarget {
  /** A name, which the proxy looks up, or a number. */
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const CONNECT = 1;
const NAME = 3;

const REPLIES = [
  "",
  "a general failure",
  "not allowed by its rules",
  "the network cannot be reached",
  "the host cannot be reached",
  "the connection was refused",
  "its time is up",
  "it cannot connect",
  "it does not know that kind of address",
];

/** Speaks to the proxy at the other end of `socket` until that passes bytes on to the target. Throws with a plain reason. */
export async function socksHandshake(socket: Socket, target: SocksTarget): Promise<void> {
  const reader = new SocketReader(socket);
  const method = target.user === undefined ? NO_AUTHENTICATION : USER_AND_PASSWORD;
  socket.write(new Uint8Array([VERSION, 1, method]));
  const [version, chosen] = await reader.take(2);
  if (version !== VERSION || chosen !== method) throw new Error("it refuses our way to say who we are");
  if (method === USER_AND_PASSWORD) await authenticate(socket, reader, target);
  const name = field(target.host.replace(/^\[|\]$/g, ""));
  socket.write(concatBytes([new Uint8Array([VERSION, CONNECT, 0, NAME]), name, portBytes(target.port)]));
  const [, reply = 1, , kind = 1] = await reader.take(4);
  if (reply !== 0) throw new Error(REPLIES[reply] ?? `failure ${reply}`);
  const length = kind === 1 ? 4 : kind === 4 ? 16 : ((await reader.take(1))[0] ?? 0);
  await reader.take(length + 2);
  reader.end();
}

async function authenticate(socket: Socket, reader: SocketReader, target: SocksTarget): Promise<void> {
  socket.write(concatBytes([new Uint8Array([1]), field(target.user ?? ""), field(target.password ?? "")]));
  const [, status] = await reader.take(2);
  if (status !== 0) throw new Error("it refuses user and password");
}

function field(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length === 0 || bytes.length > 255) throw new Error("a name of more than 255 bytes, or none");
  return concatBytes([new Uint8Array([bytes.length]), bytes]);
}

function portBytes(port: number): Uint8Array {
  return new Uint8Array([port >> 8, port & 0xff]);
}
