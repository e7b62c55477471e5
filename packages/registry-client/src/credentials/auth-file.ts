/**
 * The files that keep credentials: Docker's `config.json` and `auth.json` of podman, skopeo and buildah, which has the same shape.
 * @see {@link https://docs.docker.com/reference/cli/docker/login/#credential-stores}
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-auth.json.5.md}
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import type { RegistryClientErrorCode } from "../errors.ts";
import { type Credential, TOKEN_USERNAME, fromNameAndSecret } from "./credential.ts";

/** Longest file that is read. */
export const MAX_AUTH_FILE_BYTES: number = 1024 * 1024;

/** A file of credentials. Fields that this type does not name are kept when it is written. */
export interface AuthFile {
  /** Credentials by host, by host and path, or by the address of a registry as old clients wrote it. */
  readonly auths: ReadonlyMap<string, AuthEntry>;
  /** Helper for all hosts that `credHelpers` does not name. */
  readonly credsStore?: string;
  /** Helper by host. */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** The whole document. */
  readonly value: { readonly [name: string]: JsonValue };
}

/** One host's entry, as it stands in the file. */
export interface AuthEntry {
  /** Base64 of `name:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** A file without content. */
export const EMPTY_AUTH_FILE: AuthFile = { auths: new Map(), credHelpers: new Map(), value: {} };

/**
 * Reads a file of credentials.
 * @throws TeuError `ERR_AUTH_FILE_INVALID` with the place of what is wrong, and never with a secret.
 */
export function parseAuthFile(bytes: Uint8Array, path: string): AuthFile {
  try {
    const json = parseJsonBytes(bytes, { maxLength: MAX_AUTH_FILE_BYTES, maxDepth: 16 });
    const value = toValue(json) as AuthFile["value"];
    const auths = json
      .get("auths")
      .names()
      .map((host) => [host, entryOf(value, host)] as const);
    const helpers = json.get("credHelpers");
    const store = json.get("credsStore");
    for (const host of json.get("auths").names())
      for (const name of STRINGS) checkString(json.get("auths").get(host).get(name));
    return {
      auths: new Map(auths),
      credHelpers: new Map(helpers.names().map((host) => [host, helpers.get(host).string()])),
      ...(store.absent || store.string() === "" ? {} : { credsStore: store.string() }),
      value,
    };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const message = `Reading credentials from "${path}": ${error.message}`;
    throw new TeuError<RegistryClientErrorCode>("ERR_AUTH_FILE_INVALID", message, {
      cause: error,
      hint: "Mend the file, or move it away and log in again",
    });
  }
}

const STRINGS = ["auth", "username", "password", "identitytoken", "registrytoken"] as const;

function checkString(json: Json): void {
  if (!json.absent) json.string();
}

function entryOf(value: AuthFile["value"], host: string): AuthEntry {
  const auths = value["auths"] as Readonly<Record<string, AuthEntry | null>>;
  return auths[host] ?? {};
}

/**
 * The keys under which a repository's credential may stand, the closest first: the repository, each folder above it, the
 * host, and the addresses that old clients wrote. `repository` is the path without host, empty for the host alone.
 */
export function keysFor(host: string, repository: string): string[] {
  const parts = repository === "" ? [] : repository.split("/");
  const scoped = parts.map((_, at) => `${host}/${parts.slice(0, parts.length - at).join("/")}`);
  return [...scoped, host, ...legacyKeys(host)];
}

// Docker keeps the credential of its own registry under this address to this day.
const DOCKER_HUB_KEYS = ["https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io"];

function legacyKeys(host: string): string[] {
  const addresses = ["https://", "http://"].flatMap((scheme) =>
    ["", "/", "/v1/", "/v2/"].map((path) => scheme + host + path),
  );
  return host === "docker.io" ? [...DOCKER_HUB_KEYS, ...addresses] : addresses;
}

/** The key under which Docker and podman expect a host's credential. */
export function keyToWrite(host: string): string {
  return host === "docker.io" ? "https://index.docker.io/v1/" : host;
}

/** The credential of an entry; nothing if it holds none, as when a helper keeps the secret. */
export function credentialOf(entry: AuthEntry, path: string, key: string): Credential | undefined {
  if (entry.registrytoken !== undefined && entry.registrytoken !== "")
    return { kind: "bearer", token: entry.registrytoken };
  if (entry.identitytoken !== undefined && entry.identitytoken !== "")
    return { kind: "identity-token", token: entry.identitytoken };
  if (entry.auth !== undefined && entry.auth !== "") return decodeAuth(entry.auth, path, key);
  return fromNameAndSecret(entry.username ?? "", entry.password ?? "");
}

function decodeAuth(auth: string, path: string, key: string): Credential | undefined {
  const text = /^[A-Za-z0-9+/]+={0,2}$/.test(auth) ? Buffer.from(auth, "base64").toString("utf8") : "";
  const colon = text.indexOf(":");
  if (colon > 0) return fromNameAndSecret(text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, ""));
  const message = `Reading credentials from "${path}": auths[${JSON.stringify(key)}].auth is not base64 of a name, a colon and a password`;
  throw new TeuError<RegistryClientErrorCode>("ERR_AUTH_FILE_INVALID", message, {
    hint: "Log in again to write it anew",
  });
}

/** `file` with the credential of `host` set. What else the file holds stays. */
export function withCredential(file: AuthFile, host: string, credential: Credential): AuthFile {
  return withAuths(file, { ...plainAuths(withoutCredential(file, host)), [keyToWrite(host)]: entryFor(credential) });
}

/** `file` without any credential of `host`, under whatever key it stood. */
export function withoutCredential(file: AuthFile, host: string): AuthFile {
  const doomed = new Set(keysFor(host, ""));
  return withAuths(file, Object.fromEntries(Object.entries(plainAuths(file)).filter(([key]) => !doomed.has(key))));
}

function entryFor(credential: Credential): { readonly [name: string]: JsonValue } {
  if (credential.kind === "bearer") return { registrytoken: credential.token };
  if (credential.kind === "identity-token")
    return { auth: encodeAuth(TOKEN_USERNAME, ""), identitytoken: credential.token };
  return { auth: encodeAuth(credential.username, credential.password) };
}

function encodeAuth(name: string, password: string): string {
  return Buffer.from(`${name}:${password}`, "utf8").toString("base64");
}

function plainAuths(file: AuthFile): { readonly [key: string]: JsonValue } {
  return (file.value["auths"] ?? {}) as { readonly [key: string]: JsonValue };
}

function withAuths(file: AuthFile, auths: { readonly [key: string]: JsonValue }): AuthFile {
  return { ...file, auths: new Map(Object.entries(auths) as [string, AuthEntry][]), value: { ...file.value, auths } };
}

/** The bytes of `file`, indented by a tab as Docker does it. */
export function formatAuthFile(file: AuthFile): Uint8Array {
  return new TextEncoder().encode(`${stringifyJson(file.value, "\t")}\n`);
}
