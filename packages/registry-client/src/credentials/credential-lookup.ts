/**
 * Finds the credential that a user has for a repository, where docker, podman and skopeo keep it.
 *
 * Places, the first that knows the repository wins: `DOCKER_AUTH_CONFIG` (the text of a file), then the file that
 * `REGISTRY_AUTH_FILE` names or, without it, podman's `auth.json` and Docker's `config.json`. Within a file, the closest
 * key wins over the helper of its host, and that over the helper for all.
 * @module
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type AuthFile, EMPTY_AUTH_FILE, credentialOf, keyToWrite, keysFor, parseAuthFile } from "./auth-file.ts";
import { type RunHelper, getFromHelper, helperRunner } from "./credential-helper.ts";
import type { Credential } from "./credential.ts";

/** Where to look, and how to ask. */
export interface CredentialOptions {
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the user's home folder. */
  readonly home?: string;
  readonly runHelper?: RunHelper;
  readonly signal?: AbortSignal;
}

/**
 * The user's credential for `repository` (a path, or empty) at the registry `host`; nothing if there is none.
 * @throws TeuError `ERR_AUTH_FILE_INVALID`, `ERR_CREDENTIAL_HELPER`
 */
export async function findCredential(
  host: string,
  repository: string,
  options: CredentialOptions = {},
): Promise<Credential | undefined> {
  const env = options.env ?? process.env;
  const inline = env["DOCKER_AUTH_CONFIG"];
  if (inline !== undefined && inline !== "") {
    const file = parseAuthFile(new TextEncoder().encode(inline), "DOCKER_AUTH_CONFIG");
    const credential = fromFile(file, "DOCKER_AUTH_CONFIG", host, repository);
    if (credential !== undefined) return credential;
  }
  for (const path of authFilePaths(env, options.home)) {
    const file = await readAuthFile(path);
    const credential = fromFile(file, path, host, repository) ?? (await fromHelpers(file, host, options));
    if (credential !== undefined) return credential;
  }
  return undefined;
}

/** The files that may hold credentials, in the order in which they are asked. */
export function authFilePaths(env: Readonly<Record<string, string | undefined>>, home: string = homedir()): string[] {
  const chosen = nonEmpty(env["REGISTRY_AUTH_FILE"]);
  if (chosen !== undefined) return [chosen];
  const session = nonEmpty(env["XDG_RUNTIME_DIR"]);
  // Without a session podman and skopeo keep them by the user's number.
  const runtime = session === undefined ? `/run/containers/${process.geteuid?.() ?? 0}` : join(session, "containers");
  return [
    join(runtime, "auth.json"),
    join(nonEmpty(env["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "containers/auth.json"),
    dockerConfigPath(env, home),
  ];
}

/** Docker's own file. */
export function dockerConfigPath(env: Readonly<Record<string, string | undefined>>, home: string = homedir()): string {
  return join(nonEmpty(env["DOCKER_CONFIG"]) ?? join(home, ".docker"), "config.json");
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** Reads a file of credentials; one that is not there is empty. @throws TeuError `ERR_AUTH_FILE_INVALID` */
export async function readAuthFile(path: string): Promise<AuthFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return EMPTY_AUTH_FILE;
    throw error;
  }
  return bytes.length === 0 ? EMPTY_AUTH_FILE : parseAuthFile(bytes, path);
}

function fromFile(file: AuthFile, path: string, host: string, repository: string): Credential | undefined {
  for (const key of keysFor(host, repository)) {
    const entry = file.auths.get(key);
    const credential = entry === undefined ? undefined : credentialOf(entry, path, key);
    if (credential !== undefined) return credential;
  }
  return undefined;
}

async function fromHelpers(file: AuthFile, host: string, options: CredentialOptions): Promise<Credential | undefined> {
  const run = options.runHelper ?? helperRunner(options.env);
  const named = helperFor(file, host);
  return named === undefined ? undefined : getFromHelper(named.name, named.key, run, options.signal);
}

/** The helper that keeps a host's credential, and the key it goes by there. */
export function helperFor(file: AuthFile, host: string): { readonly name: string; readonly key: string } | undefined {
  for (const key of keysFor(host, "")) {
    const name = file.credHelpers.get(key);
    if (name !== undefined && name !== "") return { name, key };
  }
  return file.credsStore === undefined ? undefined : { name: file.credsStore, key: keyToWrite(host) };
}
