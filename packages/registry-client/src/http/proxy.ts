/**
 * Proxies: which one an address goes through by the variables that all programs know, and how to get through it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110.html#section-9.3.6}
 * @see {@link https://www.rfc-editor.org/rfc/rfc1928}
 * @module
 */
import * as net from "node:net";
import { TeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import { connectHandshake } from "./http-tunnel.ts";
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

/** The other end of a tunnel. */
export interface TunnelEnd {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

/**
 * Connects through a proxy.
 * @throws TeuError `ERR_PROXY`; the reason of the signal.
 */
export async function openTunnel(proxy: ProxyServer, { host, port, signal }: TunnelEnd): Promise<net.Socket> {
  const { hostname, port: own, username } = proxy.url;
  const usual = proxy.kind === "socks5" ? 1080 : 80;
  const socket = net.connect({ host: hostname.replace(/^\[|\]$/g, ""), port: own === "" ? usual : Number(own) });
  socket.setNoDelay(true);
  const onAbort = (): void => void socket.destroy(new Error("there is no more time"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const user = username === "" ? {} : proxyUser(proxy);
    if (proxy.kind === "socks5") await socksHandshake(socket, { host, port, ...user });
    else await connectHandshake(socket, { host, port, authorization: proxyAuthorization(proxy) });
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw refused(proxy, error instanceof Error ? error.message : String(error), error);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function refused({ url }: ProxyServer, problem: string, cause?: unknown): TeuError<RegistryClientErrorCode> {
  return new TeuError("ERR_PROXY", `Connecting through the proxy "${url.host}": ${problem}`, { cause });
}
