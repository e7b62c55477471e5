/** `node:net`: connections over TCP. @module */
import { handOver } from "../hand-over.ts";
import { type Channel, PLAIN, Socket, type Target } from "../socket.ts";
import { lookup as lookUp } from "./dns.ts";

export { isIP, isIPv4, isIPv6 } from "../ip.ts";
export { Socket } from "../socket.ts";

/** Connects to `host`. */
export function connect(target: Target): Socket {
  return connectWith(target, PLAIN);
}

/** Connects to `host`, to speak as `channel` does. */
export function connectWith(target: Target, channel: Channel): Socket {
  const { onread, host, lookup = lookUp } = target;
  if (onread === undefined) return handOver("a connection through a proxy");
  const socket = new Socket(target.port, onread, channel);
  lookup(host, { all: true }, (error, found) => (error === null ? socket.begin(found) : socket.destroy(error)));
  return socket;
}
