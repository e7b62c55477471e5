/**
 * `URL` for addresses of http, https and file in plain ASCII. Others are Node's to read.
 * @see {@link https://url.spec.whatwg.org/}
 * @module
 */
import { FRAGMENT, PATH, QUERY, USER, escaped } from "./escape.ts";
import { handOver } from "./hand-over.ts";
import { isIPv4 } from "./ip.ts";
import { FrontSearchParams } from "./search-params.ts";

const PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443", "file:": "" };

interface Parts {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

/** An address. */
export class FrontURL {
  #parts: Parts;
  #query: FrontSearchParams | undefined;

  constructor(input: string | FrontURL, base?: string | FrontURL) {
    const found = read(String(input), base === undefined ? undefined : FrontURL.#partsOf(base));
    if (found === undefined)
      throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input: String(input) });
    this.#parts = found;
  }

  static #partsOf(base: string | FrontURL): Parts {
    return typeof base === "string" || base.#query !== undefined ? new FrontURL(base).#parts : base.#parts;
  }

  static parse(input: string, base?: string): FrontURL | null {
    try {
      return new FrontURL(input, base);
    } catch {
      return null;
    }
  }

  static canParse(input: string, base?: string): boolean {
    return FrontURL.parse(input, base) !== null;
  }

  get protocol(): string {
    return this.#parts.protocol;
  }
  get username(): string {
    return this.#parts.username;
  }
  get password(): string {
    return this.#parts.password;
  }
  get hostname(): string {
    return this.#parts.hostname;
  }
  get port(): string {
    return this.#parts.port;
  }
  get host(): string {
    const { hostname, port } = this.#parts;
    return port === "" ? hostname : `${hostname}:${port}`;
  }
  get origin(): string {
    const { protocol, hostname, port } = this.#parts;
    return protocol === "file:" ? "null" : `${protocol}//${hostname}${port === "" ? "" : ":"}${port}`;
  }
  get pathname(): string {
    return this.#parts.pathname;
  }
  set pathname(text: string) {
    this.#parts = { ...this.#parts, pathname: pathOf(text) };
  }
  get search(): string {
    if (this.#query === undefined) return this.#parts.search;
    const text = this.#query.changed;
    return text === undefined ? this.#parts.search : text === "" ? "" : `?${text}`;
  }
  set search(text: string) {
    const search = escaped(text.replace(/^\?/, ""), QUERY);
    this.#parts = { ...this.#parts, search: search === "" ? "" : `?${search}` };
    this.#query = undefined;
  }
  get hash(): string {
    return this.#parts.hash;
  }
  get searchParams(): FrontSearchParams {
    return (this.#query ??= new FrontSearchParams(this.#parts.search));
  }
  get href(): string {
    const { protocol, username, password, pathname, hash } = this.#parts;
    const user = username === "" && password === "" ? "" : `${username}${password === "" ? "" : `:${password}`}@`;
    return `${protocol}//${user}${this.host}${pathname}${this.search}${hash}`;
  }
  set href(text: string) {
    this.#parts = new FrontURL(text).#parts;
    this.#query = undefined;
  }
  toString(): string {
    return this.href;
  }
  toJSON(): string {
    return this.href;
  }
}

function read(input: string, base: Parts | undefined): Parts | undefined {
  // oxlint-disable-next-line no-control-regex -- what the specification strips
  const text = input.replace(/^[\0- ]+|[\0- ]+$/g, "").replace(/[\t\n\r]/g, "");
  if (text.includes("\\")) return handOver("an address with a backslash");
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text) ?? [];
  const at = text.indexOf("#");
  const rest = at < 0 ? text : text.slice(0, at);
  const hash = at < 0 || at === text.length - 1 ? "" : escaped(text.slice(at), FRAGMENT);
  if (scheme !== undefined) return absolute(`${scheme.toLowerCase()}:`, rest.slice(scheme.length + 1), hash);
  if (base === undefined) return undefined;
  return rest.startsWith("//") ? absolute(base.protocol, rest, hash) : relative(rest, base, hash);
}

function relative(rest: string, base: Parts, hash: string): Parts {
  const at = rest.indexOf("?");
  const path = at < 0 ? rest : rest.slice(0, at);
  const own = at < 0 ? "" : searchOf(rest.slice(at));
  if (path === "") return { ...base, search: at < 0 ? base.search : own, hash };
  const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1);
  return { ...base, pathname: pathOf(path.startsWith("/") ? path : folder + path), search: own, hash };
}

function absolute(protocol: string, rest: string, hash: string): Parts | undefined {
  if (!(protocol in PORTS)) return handOver(`an address of ${protocol}`);
  if (protocol === "file:") return fileAddress(rest, hash);
  const [, authority = "", path = "", query = ""] = /^\/*([^/?]*)([^?]*)(\?.*)?$/s.exec(rest) ?? [];
  const at = authority.lastIndexOf("@");
  const place = placeOf(authority.slice(at + 1), protocol);
  const user = at < 0 ? NOBODY : userOf(authority.slice(0, at));
  return place && { ...user, protocol, ...place, pathname: pathOf(path), search: searchOf(query), hash };
}

function placeOf(text: string, protocol: string): Pick<Parts, "hostname" | "port"> | undefined {
  const [, name = "", port = ""] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*))?$/.exec(text) ?? [];
  const hostname = hostOf(name);
  if (hostname === undefined || Number(port) > 65_535) return undefined;
  const number = port === "" ? "" : `${Number(port)}`;
  return { hostname, port: number === PORTS[protocol] ? "" : number };
}

function fileAddress(rest: string, hash: string): Parts {
  const [path = ""] = rest.replace(/^\/\//, "").split("?");
  return { ...NOBODY, protocol: "file:", hostname: "", port: "", pathname: pathOf(path), search: "", hash };
}

const NOBODY: { readonly username: string; readonly password: string } = { username: "", password: "" };

function userOf(text: string): { readonly username: string; readonly password: string } {
  const at = text.indexOf(":");
  const [name, secret] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  return { username: escaped(name, USER), password: escaped(secret, USER) };
}

/** Hosts that were read before: a command talks to few. */
const hosts = new Map<string, string>();

function hostOf(text: string): string | undefined {
  const known = hosts.get(text);
  if (known !== undefined) return known;
  const host = text === "" ? undefined : checkedHost(text);
  if (host !== undefined) hosts.set(text, host);
  return host;
}

function checkedHost(text: string): string {
  const host = text.toLowerCase();
  if (host.startsWith("[")) return host === "[::1]" ? host : handOver("an address with an IPv6 host");
  if (/[^a-z0-9._-]/.test(host) || host.includes("xn--")) return handOver("an address with an unusual host");
  const isNumber = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?$/.test(host);
  return !isNumber || isIPv4(host) ? host : handOver("an address with an unusual number for a host");
}

function pathOf(text: string): string {
  // Most paths have neither dots in front of a name nor anything escaped.
  if (text.startsWith("/") && !text.includes("/.") && !text.includes("%") && PATH.test(text)) return text;
  const names: string[] = [];
  const all = (text.startsWith("/") ? text.slice(1) : text).split("/");
  all.forEach((name, index) => {
    const dots = name.replace(/%2e/gi, ".");
    const isLast = index === all.length - 1;
    if (dots === "..") names.pop();
    else if (dots !== ".") names.push(escaped(name, PATH));
    if (isLast && (dots === "." || dots === "..")) names.push("");
  });
  return `/${names.join("/")}`;
}

function searchOf(text: string): string {
  const search = escaped(text.slice(1), QUERY);
  return search === "" ? "" : `?${search}`;
}
