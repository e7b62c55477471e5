/**
 * `hosts.toml`, in which users of containerd say through which hosts a registry's images are to be had.
 * @see {@link https://github.com/containerd/containerd/blob/v2.1.4/docs/hosts.md}
 * @module
 */
import { type Json, JsonError } from "@teu/std/json";
import { flagOf, readToml, textOf, textsOf } from "./toml.ts";

/** What a host may be used for. */
export type Capability = "pull" | "resolve" | "push" | "referrers";

/** One host. */
export interface HostRule {
  /** Address of the registry's API, its `/v2` included. */
  readonly base: URL;
  readonly capabilities: readonly Capability[];
  /** False where the file names no capabilities, and the host so has all. */
  readonly isSpelledOut: boolean;
  /** True to take any certificate. */
  readonly skipVerify: boolean;
  /** Files of authorities to trust, and of our certificates with their keys, relative to the file. */
  readonly ca: readonly string[];
  readonly client: readonly (readonly [certificate: string, key: string])[];
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

const CAPABILITIES: readonly Capability[] = ["pull", "resolve", "push", "referrers"];

/**
 * Reads a file: the hosts in the order in which they are tried, the registry itself last.
 * @param host The registry that the file is about, for where it names none itself.
 * @throws TeuError `ERR_REGISTRY_CONFIG`
 */
export function parseHostsToml(bytes: Uint8Array, path: string, host: string): readonly HostRule[] {
  return readToml(bytes, path, (document) => {
    const hosts = document.get("host");
    const mirrors = hosts.names().map((name) => readHost(hosts.get(name), name));
    return [...mirrors, readHost(document, textOf(document.get("server")) ?? `https://${host}`)];
  });
}

function readHost(json: Json, address: string): HostRule {
  const capabilities = textsOf(json.get("capabilities"));
  const unknown = capabilities.find((each) => !(CAPABILITIES as readonly string[]).includes(each));
  if (unknown !== undefined)
    throw new JsonError(`${json.get("capabilities").path}: "${unknown}", expected ${CAPABILITIES.join(", ")}`);
  const header = json.get("header");
  return {
    base: readBase(json, address),
    capabilities: capabilities.length === 0 ? CAPABILITIES : (capabilities as readonly Capability[]),
    isSpelledOut: capabilities.length > 0,
    skipVerify: flagOf(json.get("skip_verify")),
    ca: oneOrMore(json.get("ca")),
    client: readClient(json.get("client")),
    headers: Object.fromEntries(
      header.names().map((name) => [name.toLowerCase(), oneOrMore(header.get(name)).join(", ")]),
    ),
  };
}

function readBase(json: Json, address: string): URL {
  const url = URL.parse(/^https?:\/\//.test(address) ? address : `https://${address}`);
  if (url === null || url.username !== "" || url.password !== "") {
    throw new JsonError(`${json.place}: "${address}", expected an address of http or https without credentials`);
  }
  const path = url.pathname.replace(/\/+$/, "");
  const isWhole = flagOf(json.get("override_path")) || path.endsWith("/v2");
  url.pathname = isWhole ? path : `${path}/v2`;
  return url;
}

function oneOrMore(json: Json): readonly string[] {
  return json.kind === "string" ? [json.text] : textsOf(json);
}

function readClient(json: Json): readonly (readonly [string, string])[] {
  if (json.absent) return [];
  if (json.kind === "string") return [[json.text, json.text]];
  const pairs = json.list();
  if (pairs.length === 2 && pairs.every(({ kind }) => kind === "string"))
    return [[pairs[0]?.text ?? "", pairs[1]?.text ?? ""]];
  return pairs.map((pair) => (pair.kind === "string" ? [pair.text, pair.text] : readPair(pair)));
}

function readPair(json: Json): readonly [string, string] {
  const [certificate, key] = json.list().map((item) => item.string());
  if (certificate === undefined) throw json.unexpected("a certificate and its key");
  return [certificate, key === undefined || key === "" ? certificate : key];
}
