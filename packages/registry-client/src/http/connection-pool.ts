/**
 * Connections to the hosts of registries, opened when needed and kept for the next request.
 * @module
 */
import * as net from "node:net";
import type * as nodeTls from "node:tls";
import { Arrivals } from "./arrivals.ts";
import { Connection } from "./connection.ts";
import { type ProxyServer, openTunnel } from "./proxy.ts";
import type { TlsOptions } from "./tls-context.ts";

/** Where to connect to. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  /** Nothing for a direct connection. */
  readonly tunnel?: ProxyServer | undefined;
  readonly lookup?: net.LookupFunction | undefined;
  /** Connections that were made under other conditions are not shared. */
  readonly conditions: string;
}

const MAX_IDLE = 16;

/** A pool of connections. Idle ones do not keep the process alive. */
export class ConnectionPool implements Disposable {
  readonly #tls: TlsOptions;
  readonly #idle = new Map<string, Connection[]>();
  #secured: Promise<Secured> | undefined;
  #isClosed = false;

  constructor(options: TlsOptions = {}) {
    this.#tls = options;
  }

  /** A connection that waits for a request; nothing if none does. */
  takeIdle(destination: Destination): Connection | undefined {
    const idle = this.#idle.get(keyOf(destination)) ?? [];
    // The latest is the least likely to be closed by the other side in this moment.
    for (let one = idle.pop(); one !== undefined; one = idle.pop()) {
      if (one.arrivals.isQuiet && !one.socket.destroyed) {
        one.socket.ref();
        return one;
      }
      one.destroy();
    }
    return undefined;
  }

  /** Opens a connection, TLS included. Throws what the socket fails with, or the reason of `signal`. */
  async open(destination: Destination, signal: AbortSignal): Promise<Connection> {
    const arrivals = new Arrivals();
    const socket = await this.#socket(destination, arrivals, signal);
    const connection = new Connection(socket, arrivals);
    const onAbort = (): void => connection.destroy(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      await connected(connection, destination.isSecure);
      return connection;
    } catch (error) {
      connection.destroy();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #socket(destination: Destination, arrivals: Arrivals, signal: AbortSignal): Promise<net.Socket> {
    const { host, port, isSecure, tunnel, lookup } = destination;
    const through = tunnel === undefined ? undefined : await openTunnel(tunnel, { host, port, signal });
    const target =
      through === undefined ? { host, port, onread: arrivals.onread, ...(lookup === undefined ? {} : { lookup }) } : {};
    const socket = isSecure
      ? await this.#secure(host, { ...target, ...(through === undefined ? {} : { socket: through }) })
      : (through ?? net.connect({ host, port, ...target }));
    socket.setNoDelay(true);
    arrivals.attach(socket, { readsIntoSlabs: through === undefined });
    return socket;
  }

  /** Speaks TLS. Its module takes longer to load than a request without it. */
  async #secure(host: string, target: nodeTls.ConnectionOptions): Promise<net.Socket> {
    const { tls, context } = await (this.#secured ??= loadTls(this.#tls));
    return tls.connect({
      ...target,
      host,
      secureContext: context,
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ...(this.#tls.insecure === true ? { rejectUnauthorized: false } : {}),
    });
  }

  /** Takes a connection back whose last answer was read to its end. */
  giveBack(destination: Destination, connection: Connection): void {
    const key = keyOf(destination);
    const idle = this.#idle.get(key) ?? [];
    if (this.#isClosed || idle.length >= MAX_IDLE || !connection.arrivals.isQuiet) return connection.destroy();
    connection.socket.unref();
    idle.push(connection);
    this.#idle.set(key, idle);
  }

  /** Closes the idle connections; others close when their answers have been read. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const idle of this.#idle.values()) for (const connection of idle) connection.destroy();
    this.#idle.clear();
  }
}

interface Secured {
  readonly tls: typeof nodeTls;
  readonly context: nodeTls.SecureContext;
}

async function loadTls(options: TlsOptions): Promise<Secured> {
  const [tls, { secureContext }] = await Promise.all([import("node:tls"), import("./tls-context.ts")]);
  return { tls, context: secureContext(options) };
}

function keyOf({ host, port, isSecure, tunnel, conditions }: Destination): string {
  return `${isSecure} ${host} ${port} ${tunnel?.url.href ?? ""} ${conditions}`;
}

async function connected({ socket, arrivals }: Connection, isSecure: boolean): Promise<void> {
  if (!isSecure && !socket.connecting) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once(isSecure ? "secureConnect" : "connect", resolve);
  // Whatever ends the socket wakes the reader, who knows the reason.
  socket.once("close", () => arrivals.wait(0).then(() => reject(closedEarly()), reject));
  await promise;
}

function closedEarly(): Error {
  return Object.assign(new Error("the connection ended before it was made"), { code: "ECONNRESET" });
}
