/**
 * Proxies: which one an address goes through by the variables that all programs know, and how to get through it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110.html#section-9.3.6}
 * @see {@link https://www.rfc-editor.org/rfc/rfc1928}
 * @module
 */
import * as http from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";
import type { Duplex } from "node:stream";
import { TeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import { socksHandshake } from "./socks.ts";

/** A proxy. */
export interface ProxyServer {
  readonly kind: "http" | "socks5";
  /** With user and password, if it wants them. */
  readonly url: URL;
}

/** Says which proxy an address goes through, if any. */
export type ProxyChoice = (url: URL) => ProxyServer | undefined;

/**
 * The choice that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` make, in capitals or not. `HTTP_PROXY` in capitals
 * does not count where `REQUEST_METHOD` is set: there it may come from a request.
 * @throws TeuError `ERR_PROXY`, when an address is asked for that a malformed one stands for.
 */
export function proxyFromEnvironment(env: Readonly<Record<string, string | undefined>>): ProxyChoice {
  const value = (...names: readonly string[]): string => names.map((name) => env[name] ?? "").find(Boolean) ?? "";
  const isCgi = value("REQUEST_METHOD") !== "";
  const byScheme: Readonly<Record<string, string>> = {
    "https:": value("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    "http:": value("http_proxy", ...(isCgi ? [] : ["HTTP_PROXY"]), "all_proxy", "ALL_PROXY"),
  };
  const exceptions = value("no_proxy", "NO_PROXY")
    .split(/[\s,]+/)
    .filter(Boolean);
  return (url) => {
    const address = byScheme[url.protocol] ?? "";
    return address === "" || isException(url, exceptions) ? undefined : parseProxy(address);
  };
}

/** This machine never goes through a proxy, as in other programs. */
function isException(url: URL, exceptions: readonly string[]): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) return true;
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return exceptions.some((entry) => matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [, name = entry, only] = /^([^:]+|\[.*\]):(\d+)$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const [address = "", bits] = name.replace(/^\[|\]$/g, "").split("/");
  if (net.isIP(address) !== 0) return net.isIP(host) !== 0 && isInBlock(host, address, bits);
  const domain = address.replace(/^\*?\./, "");
  return host === domain || host.endsWith(`.${domain}`);
}

function isInBlock(host: string, address: string, bits: string | undefined): boolean {
  const family = net.isIP(address) === 6 ? "ipv6" : "ipv4";
  const list = new net.BlockList();
  const length = Number(bits ?? (family === "ipv6" ? 128 : 32));
  if (!Number.isInteger(length) || length < 0 || length > (family === "ipv6" ? 128 : 32)) return false;
  list.addSubnet(address, length, family);
  return list.check(host, net.isIP(host) === 6 ? "ipv6" : "ipv4");
}

/**
 * Reads the address of a proxy; one without scheme is of HTTP.
 * @throws TeuError `ERR_PROXY`
 */
export function parseProxy(text: string): ProxyServer {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const kind = url === null ? undefined : KINDS[url.protocol];
  if (url !== null && url.hostname !== "" && kind !== undefined) return { kind, url };
  throw new TeuError<RegistryClientErrorCode>(
    "ERR_PROXY",
    `Reading the address of a proxy "${text}": expected http://HOST:PORT or socks5://HOST:PORT`,
  );
}

// Of both spellings of SOCKS the proxy looks names up: who uses one may not be able to.
const KINDS: Readonly<Record<string, ProxyServer["kind"]>> = {
  "http:": "http",
  "socks5:": "socks5",
  "socks5h:": "socks5",
  "socks:": "socks5",
};

/** The value of `Proxy-Authorization` for a proxy; nothing if it wants none. */
export function proxyAuthorization(proxy: ProxyServer | undefined): string | undefined {
  if (proxy === undefined || proxy.url.username === "") return undefined;
  const { user, password } = proxyUser(proxy);
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function proxyUser({ url }: ProxyServer): { readonly user: string; readonly password: string } {
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

type Connected = (error: Error | null, stream?: Duplex) => void;

/** Makes `agent` reach everything through `proxy`, with TLS inside of the tunnel if `secure`. */
export function connectThrough(agent: http.Agent, proxy: ProxyServer, secure: boolean): void {
  const connect = (options: http.ClientRequestArgs, done: Connected): void => {
    void open(
      proxy,
      { host: options.host ?? "", port: Number(options.port ?? (secure ? 443 : 80)), options, secure },
      done,
    );
  };
  Object.assign(agent, { createConnection: connect });
}

interface Tunnel {
  readonly host: string;
  readonly port: number;
  readonly options: object;
  readonly secure: boolean;
}

async function open(proxy: ProxyServer, { host, port, options, secure }: Tunnel, done: Connected): Promise<void> {
  try {
    const socket = await (proxy.kind === "socks5" ? openSocks : openHttp)(proxy, host, port);
    done(null, secure ? secured(socket, host, options) : socket);
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

function secured(socket: Duplex, host: string, options: object): tls.TLSSocket {
  return tls.connect({ ...options, socket, ...(net.isIP(host) === 0 ? { servername: host } : {}) });
}

async function openHttp(proxy: ProxyServer, host: string, port: number): Promise<Duplex> {
  const target = `${net.isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const authorization = proxyAuthorization(proxy);
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const request = http.request({
    host: proxy.url.hostname.replace(/^\[|\]$/g, ""),
    port: proxy.url.port === "" ? 80 : proxy.url.port,
    method: "CONNECT",
    path: target,
    agent: false,
    headers: { host: target, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
  });
  request.once("error", (error) => reject(refused(proxy, error.message, error)));
  request.once("response", (response) => {
    response.destroy();
    reject(refused(proxy, `status ${response.statusCode} to CONNECT, expected 200`));
  });
  request.once("connect", (response, socket) => {
    if (response.statusCode === 200) return resolve(socket);
    socket.destroy();
    reject(refused(proxy, `status ${response.statusCode} to CONNECT, expected 200`));
  });
  request.end();
  return await promise;
}

async function openSocks(proxy: ProxyServer, host: string, port: number): Promise<net.Socket> {
  const socket = net.connect({
    host: proxy.url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(proxy.url.port === "" ? 1080 : proxy.url.port),
  });
  try {
    await socksHandshake(socket, { host, port, ...(proxy.url.username === "" ? {} : proxyUser(proxy)) });
    return socket;
  } catch (error) {
    socket.destroy();
    throw refused(proxy, error instanceof Error ? error.message : String(error), error);
  }
}

function refused({ url }: ProxyServer, problem: string, cause?: unknown): TeuError<RegistryClientErrorCode> {
  return new TeuError("ERR_PROXY", `Connecting through the proxy "${url.host}": ${problem}`, { cause });
}
