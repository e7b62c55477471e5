/**
 * The registry on a port: node:http, or node:http2 with HTTP/1.1 beside it where there is TLS. Bodies go from storage to
 * socket as they are, without web streams between.
 * @module
 */
import { type Server, createServer } from "node:http";
import { type Http2SecureServer, type ServerHttp2Session, createSecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { DEFAULT_CIPHERS, type SecureContextOptions } from "node:tls";
import { TeuError } from "@teu/std/error";
import { answerFault } from "./answers.ts";
import { type HandlerOptions, answerRequest } from "./handler.ts";
import type { RegistryServerErrorCode } from "./errors.ts";
import type { Answer, RegistryRequest } from "./exchange.ts";
import { andThen } from "./internal/and-then.ts";
import { Burst } from "./internal/burst.ts";
import { sendAnswer } from "./node-answer.ts";
import { type NodeRequest, type NodeResponse, ShownRequest } from "./node-request.ts";

/** Keys of a server with TLS, as PEM. */
export interface TlsKeys {
  readonly key: string | Uint8Array;
  readonly cert: string | Uint8Array;
  /** Certificates of authorities whose clients are asked for. Default: none. */
  readonly ca?: string | Uint8Array;
}

/** Where and how to serve. */
export interface ServeOptions extends HandlerOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly tls?: TlsKeys;
  /** Gets connections first while it is open: an authority may ask whether the domain is ours. */
  readonly tlsChallenge?: TlsChallenge;
  /** How long a connection may rest in the midst of a request, in milliseconds. Default: 60,000. */
  readonly idleMs?: number;
  /** How long the headers of a request may take, in milliseconds. Default: 20,000. */
  readonly headersMs?: number;
  /** How long requests may go on once the server is to end, in milliseconds. Default: 30,000. */
  readonly drainMs?: number;
  /** Most connections at a time. Default: 10,000. */
  readonly maxConnections?: number;
  /** Looks at each request first; an answer of its own ends it. For health, metrics and limits. */
  readonly before?: (request: RegistryRequest) => Answer | undefined;
  /** Told of each answer when it is sent. */
  readonly onAnswer?: (report: AnswerReport) => void;
}

/** What looks at the first bytes of connections. */
export interface TlsChallenge {
  readonly open: boolean;
  readonly receive: (socket: Socket, others: (socket: Socket) => void) => void;
}

/** One request that was answered. */
export interface AnswerReport {
  readonly request: RegistryRequest;
  readonly status: number;
  /** Bytes of the body that were sent. */
  readonly bytes: number;
  readonly ms: number;
  /** True if the client left before the end. */
  readonly aborted: boolean;
}

/** A server that listens. Disposing of it lets requests under way end. */
export interface RunningServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:5000`. */
  readonly url: string;
  /** New keys for connections from now on. */
  readonly reloadTls: (keys: TlsKeys) => void;
  /** True once the server is to end. */
  readonly draining: boolean;
}

/** Starts a server. Resolves when it listens. @throws TeuError `ERR_SERVER_LISTEN` */
export async function serveRegistry(options: ServeOptions): Promise<RunningServer> {
  const burst = new Burst();
  const answer = (request: NodeRequest, response: NodeResponse): void => exchange(options, burst, [request, response]);
  const server = makeServer(options, answer);
  if (options.tlsChallenge !== undefined) letAuthoritiesIn(server, options.tlsChallenge);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const host = options.host ?? "127.0.0.1";
  const refuse = (error: Error): void => reject(cannotListen(host, options.port, error));
  server.once("error", refuse).listen(options.port, host, resolve);
  await promise;
  return running(server, options);
}

const REASONS: Readonly<Record<string, string | undefined>> = {
  EADDRINUSE: "another program has it",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "ports below 1024 are root's",
};

function cannotListen(host: string, port: number, cause: Error): TeuError<RegistryServerErrorCode> {
  const reason = ("code" in cause ? REASONS[String(cause.code)] : undefined) ?? cause.message;
  const place = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const hint = "choose another with --host and --port, or host and port of the configuration";
  return new TeuError("ERR_SERVER_LISTEN", `Listening at "${place}": ${reason}, expected a free one`, { cause, hint });
}

/** Node has no place to look at a connection by TLS before the certificate is chosen, so that its own listener comes second. */
function letAuthoritiesIn(server: Server | Http2SecureServer, challenge: TlsChallenge): void {
  const listeners = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  const accept = (socket: Socket): void => {
    for (const listener of listeners) listener.call(server, socket);
  };
  server.on("connection", (socket: Socket) => {
    if (challenge.open) challenge.receive(socket, accept);
    else accept(socket);
  });
}

const MAX_HEADER_BYTES = 16_384;
/** How often connections are looked at whose headers take long. */
const LOOK_MS = 5000;

function makeServer(
  { tls, headersMs = 20_000, idleMs = 60_000, maxConnections = 10_000 }: ServeOptions,
  answer: (request: NodeRequest, response: NodeResponse) => void,
): Server | Http2SecureServer {
  // A push may take hours, so that it is the rest between bytes that is bounded, not the whole request.
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headersMs,
    connectionsCheckingInterval: Math.min(headersMs, LOOK_MS),
    requestTimeout: 0,
    highWaterMark: 262_144,
  };
  const server =
    tls === undefined
      ? createServer({ ...limits, keepAliveTimeout: idleMs, noDelay: true }, answer)
      : createSecureServer({ ...limits, ...tlsOptions(tls), allowHTTP1: true }, answer);
  server.setTimeout(idleMs);
  server.maxConnections = maxConnections;
  return server;
}

function tlsOptions({ key, cert, ca }: TlsKeys): SecureContextOptions & { requestCert?: boolean } {
  const trusted = ca === undefined ? {} : { ca: Buffer.from(ca), requestCert: true, rejectUnauthorized: false };
  return { key: Buffer.from(key), cert: Buffer.from(cert), ciphers: CIPHERS, ...trusted };
}

const FAST_CIPHER = "TLS_AES_128_GCM_SHA256";
/** Those of Node, but as other servers have them: first the one of TLS 1.3 that takes least time. */
const CIPHERS = [FAST_CIPHER, ...DEFAULT_CIPHERS.split(":").filter((name) => name !== FAST_CIPHER)].join(":");

/** One request under way. */
interface Exchange {
  readonly start: number;
  readonly request: RegistryRequest;
  readonly node: NodeRequest;
  readonly response: NodeResponse;
}

function exchange(options: ServeOptions, burst: Burst, [node, response]: readonly [NodeRequest, NodeResponse]): void {
  const parts = { start: performance.now(), request: new ShownRequest(node, response), node, response };
  const answered = options.before?.(parts.request) ?? answerRequest(options, parts.request);
  void andThen(answered, (answer) => burst.add(() => send(options, parts, answer)));
}

function send(options: ServeOptions, parts: Exchange, answer: Answer): void {
  const { node, response, request } = parts;
  const fail = (error: unknown): void => {
    options.onError?.(error);
    // Content that breaks off in its midst: the client learns it from the end of the connection.
    if (response.headersSent || response.destroyed) return void response.destroy();
    const fault = answerFault();
    void andThen(sendAnswer(fault, request, node, response), (bytes) =>
      report(options, parts, { status: fault.status, bytes }),
    );
  };
  try {
    const sent = sendAnswer(answer, request, node, response);
    if (typeof sent === "number") report(options, parts, { status: answer.status, bytes: sent });
    else sent.then((bytes) => report(options, parts, { status: answer.status, bytes })).catch(fail);
  } catch (error) {
    fail(error);
  }
}

function report(
  { onAnswer }: ServeOptions,
  { start, request, response }: Exchange,
  { status, bytes }: { readonly status: number; readonly bytes: number },
): void {
  const aborted = !response.writableFinished && response.destroyed;
  onAnswer?.({ request, status, bytes, ms: performance.now() - start, aborted });
}

interface OpenConnections {
  readonly sockets: Set<Socket>;
  /** Those of HTTP/2. */
  readonly sessions: Set<ServerHttp2Session>;
}

function running(server: Server | Http2SecureServer, options: ServeOptions): RunningServer {
  const open: OpenConnections = { sockets: new Set(), sessions: new Set() };
  server.on("connection", (socket: Socket) => {
    open.sockets.add(socket);
    socket.once("close", () => open.sockets.delete(socket));
  });
  server.on("session", (session: ServerHttp2Session) => {
    open.sessions.add(session);
    session.once("close", () => open.sessions.delete(session));
  });
  let draining = false;
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${host}:${port}`,
    reloadTls: (keys) => {
      if ("setSecureContext" in server) server.setSecureContext(tlsOptions(keys));
    },
    get draining() {
      return draining;
    },
    [Symbol.asyncDispose]: async () => {
      if (draining) return;
      draining = true;
      await drain(server, open, options.drainMs ?? 30_000);
    },
  };
}

/** Lets requests under way end, and with them their connections. */
async function drain(server: Server | Http2SecureServer, open: OpenConnections, drainMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  const closeIdle = (): void => {
    if ("closeIdleConnections" in server) server.closeIdleConnections();
    for (const session of open.sessions) session.close();
  };
  closeIdle();
  const looking = setInterval(closeIdle, DRAIN_LOOK_MS);
  const timer = setTimeout(() => {
    for (const socket of open.sockets) socket.destroy();
  }, drainMs);
  await promise;
  clearInterval(looking);
  clearTimeout(timer);
}

const DRAIN_LOOK_MS = 100;
