/**
 * Exchanges over Node's own HTTP client, which has what `fetch` lacks: certificates of one's own, proxies, time-outs for
 * each step, and a look at where a name leads before anything is sent there. ADR 9 has the reasons and figures.
 * @module
 */
import { type LookupFunction, isIP } from "node:net";
import * as http from "node:http";
import * as https from "node:https";
import * as dns from "node:dns";
import type { ByteSource } from "@teu/std/streams";
import { isWithinReach, reachOf } from "./address.ts";
import type { Exchange, HttpAnswer, HttpRequest } from "./exchange.ts";
import { addressRefused, networkError, timeoutError } from "./http-error.ts";
import { type ProxyChoice, type ProxyServer, connectThrough, proxyAuthorization } from "./proxy.ts";
import { watchStalls } from "./stall.ts";
import { type TlsOptions, secureContext } from "./tls-context.ts";

/** How to exchange. Times are in milliseconds. */
export interface NodeExchangeOptions {
  /** Until there is a connection, TLS included. Default: 30,000. */
  readonly connectTimeoutMs?: number;
  /** From the end of a request to the headers of its answer; some registries store for long. Default: 300,000. */
  readonly headersTimeoutMs?: number;
  /** How long a body may be silent, either way. Default: 60,000. */
  readonly stallTimeoutMs?: number;
  readonly tls?: TlsOptions;
  /** Says which proxy an address goes through. Default: none. */
  readonly proxy?: ProxyChoice;
  readonly lookup?: LookupFunction;
}

/** Exchanges that share a pool of connections. Idle ones do not keep the process alive. */
export class NodeExchange implements Disposable {
  readonly #settings: Settings;
  readonly #agents = new Map<string, http.Agent>();

  constructor(options: NodeExchangeOptions = {}) {
    this.#settings = { ...DEFAULTS, ...options };
  }

  /** See {@link Exchange}. */
  readonly exchange: Exchange = async (request) => {
    const proxy = this.#settings.proxy?.(request.url);
    return await new NodeCall(request, this.#settings, proxy, this.#agent(request.url, proxy)).run();
  };

  #agent(url: URL, proxy: ProxyServer | undefined): http.Agent {
    const key = `${url.protocol} ${proxy?.url.href ?? ""}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const agent = makeAgent(url, proxy, this.#settings);
    this.#agents.set(key, agent);
    return agent;
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

const DEFAULTS = { connectTimeoutMs: 30_000, headersTimeoutMs: 300_000, stallTimeoutMs: 60_000 };

type Settings = typeof DEFAULTS & NodeExchangeOptions;

function makeAgent(url: URL, proxy: ProxyServer | undefined, settings: Settings): http.Agent {
  const pool = { keepAlive: true, maxFreeSockets: 16, scheduling: "lifo" } as const;
  const agent =
    url.protocol === "https:"
      ? new https.Agent({ ...pool, secureContext: secureContext(settings.tls), ...trust(settings.tls) })
      : new http.Agent(pool);
  if (proxy !== undefined && needsTunnel(url, proxy)) connectThrough(agent, proxy, url.protocol === "https:");
  return agent;
}

function trust(tls: TlsOptions | undefined): { readonly rejectUnauthorized?: boolean } {
  return tls?.insecure === true ? { rejectUnauthorized: false } : {};
}

/** A proxy of HTTP is simply asked for addresses without TLS. */
function needsTunnel(url: URL, proxy: ProxyServer): boolean {
  return url.protocol === "https:" || proxy.kind === "socks5";
}

class NodeCall {
  readonly #request: HttpRequest;
  readonly #settings: Settings;
  readonly #proxy: ProxyServer | undefined;
  readonly #agent: http.Agent;
  readonly #failed = Promise.withResolvers<never>();
  #client: http.ClientRequest | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(request: HttpRequest, settings: Settings, proxy: ProxyServer | undefined, agent: http.Agent) {
    this.#request = request;
    this.#settings = settings;
    this.#proxy = proxy;
    this.#agent = agent;
    this.#failed.promise.catch(() => {});
  }

  async run(): Promise<HttpAnswer> {
    const { signal } = this.#request;
    signal?.throwIfAborted();
    const client = this.#open();
    this.#client = client;
    const onAbort = (): void => this.#fail(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const finish = (): void => signal?.removeEventListener("abort", onAbort);
    try {
      const answered = new Promise<http.IncomingMessage>((resolve) => client.once("response", resolve));
      const response = await this.#await(answered);
      response.once("close", finish);
      return this.#answer(response);
    } catch (error) {
      finish();
      throw error;
    }
  }

  #open(): http.ClientRequest {
    const { url, method } = this.#request;
    const direct = this.#proxy === undefined || needsTunnel(url, this.#proxy);
    const target = direct ? url : (this.#proxy?.url ?? url);
    const module = url.protocol === "https:" ? https : http;
    const client = module.request({
      agent: this.#agent,
      method,
      protocol: url.protocol,
      hostname: target.hostname.replace(/^\[|\]$/g, ""),
      port: target.port === "" ? undefined : target.port,
      path: direct ? url.pathname + url.search : url.href,
      headers: this.#headers(direct),
      ...(this.#proxy === undefined ? { lookup: this.#lookup() } : {}),
    });
    client.on("error", (error) => this.#fail(error));
    this.#watchConnect(client);
    return client;
  }

  #headers(direct: boolean): Record<string, string | number> {
    const { headers, url, body, bodyBytes } = this.#request;
    const length = body instanceof Uint8Array ? body.length : bodyBytes;
    const authorization = direct ? undefined : proxyAuthorization(this.#proxy);
    return {
      host: url.host,
      ...headers,
      ...(length === undefined ? {} : { "content-length": length }),
      ...(authorization === undefined ? {} : { "proxy-authorization": authorization }),
    };
  }

  #lookup(): LookupFunction {
    const { reach, url } = this.#request;
    const ask = this.#settings.lookup ?? dns.lookup;
    if (reach === undefined) return ask;
    return (name, options, done) => {
      ask(name, { ...options, all: true }, (error, found) => {
        const all = (typeof found === "string" ? [{ address: found, family: isIP(found) }] : found) ?? [];
        const within = all.filter(({ address }) => isWithinReach(reachOf(address), reach));
        const [first] = within;
        if (error !== null) done(error, "");
        else if (first === undefined) done(addressRefused(url, "its name leads into a private network"), "");
        else if (options.all === true) done(null, within);
        else done(null, first.address, first.family);
      });
    };
  }

  #watchConnect(client: http.ClientRequest): void {
    const { connectTimeoutMs } = this.#settings;
    const { method, url } = this.#request;
    const timer = setTimeout(
      () => this.#fail(timeoutError(method, url, "no connection", connectTimeoutMs)),
      connectTimeoutMs,
    );
    const connected = (): void => {
      clearTimeout(timer);
      this.#send(client).catch((error: unknown) => this.#fail(error));
    };
    client.once("close", () => clearTimeout(timer));
    client.once("socket", (socket) => {
      const isSecure = url.protocol === "https:";
      if (client.reusedSocket || (!isSecure && !socket.connecting)) connected();
      else socket.once(isSecure ? "secureConnect" : "connect", connected);
    });
  }

  async #send(client: http.ClientRequest): Promise<void> {
    const { body } = this.#request;
    if (body !== undefined && !(body instanceof Uint8Array)) await this.#sendStream(client, body);
    if (client.destroyed) return;
    client.end(body instanceof Uint8Array ? body : undefined);
    const { headersTimeoutMs } = this.#settings;
    const { method, url } = this.#request;
    const timer = setTimeout(
      () => this.#fail(timeoutError(method, url, "no answer", headersTimeoutMs)),
      headersTimeoutMs,
    );
    const clear = (): void => clearTimeout(timer);
    client.once("response", clear);
    client.once("close", clear);
  }

  async #sendStream(client: http.ClientRequest, body: ByteSource): Promise<void> {
    let answered = false;
    client.once("response", () => (answered = true));
    for await (const chunk of body) {
      // Who has answered already does not want the rest.
      if (client.destroyed || answered) return;
      if (chunk.length > 0 && !client.write(chunk)) await this.#drained(client);
    }
  }

  async #drained(client: http.ClientRequest): Promise<void> {
    const { stallTimeoutMs } = this.#settings;
    const { method, url } = this.#request;
    const timer = setTimeout(
      () => this.#fail(timeoutError(method, url, "nothing was taken of the body", stallTimeoutMs)),
      stallTimeoutMs,
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const event of ["drain", "close", "response"]) client.once(event, resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      for (const event of ["drain", "close", "response"]) client.off(event, resolve);
    }
  }

  #answer(response: http.IncomingMessage): HttpAnswer {
    const address = this.#proxy === undefined ? response.socket.remoteAddress : undefined;
    return {
      status: response.statusCode ?? 0,
      headers: toHeaders(response.rawHeaders),
      body: this.#read(response),
      address,
      discard: async () => await discard(response),
    };
  }

  async *#read(response: http.IncomingMessage): AsyncGenerator<Uint8Array> {
    const { stallTimeoutMs } = this.#settings;
    const { method, url, signal } = this.#request;
    const stall = (): void => this.#fail(timeoutError(method, url, "no further bytes", stallTimeoutMs));
    try {
      signal?.throwIfAborted();
      yield* watchStalls(response, stallTimeoutMs, stall);
    } catch (error) {
      throw this.#explain(this.#failure === undefined ? error : this.#failure.error);
    }
  }

  async #await<T>(work: Promise<T>): Promise<T> {
    try {
      return await Promise.race([work, this.#failed.promise]);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#failed.reject(error);
    this.#client?.destroy(error instanceof Error ? error : undefined);
  }

  #explain(error: unknown): unknown {
    const { signal, method, url } = this.#request;
    if (signal?.aborted === true) return signal.reason;
    return isSystemError(error) ? networkError(method, url, error) : error;
  }
}

/** Errors of the connection have codes; those of a body that is sent come through as they are. */
function isSystemError(error: unknown): boolean {
  if (error instanceof AggregateError) return true;
  return error instanceof Error && "code" in error && typeof error.code === "string" && SYSTEM_CODE.test(error.code);
}

const SYSTEM_CODE =
  /^(?:E[A-Z0-9]+$|HPE_|ERR_(?:TLS|SSL|HTTP|SOCKET|STREAM)|CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME)/;

const MAX_DISCARDED_BYTES = 64 * 1024;

/** A short body is read, so that the connection can serve again; a long one costs the connection. */
async function discard(response: http.IncomingMessage): Promise<void> {
  const length = Number(response.headers["content-length"] ?? Infinity);
  if (response.complete || length <= MAX_DISCARDED_BYTES) response.resume();
  else response.destroy();
}

function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    if (!/^set-cookie$/i.test(name)) headers.append(name, value);
  }
  return headers;
}
