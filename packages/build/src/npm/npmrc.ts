/**
 * The configuration of npm, as far as fetching packages goes: registries by scope, credentials by address, certificates
 * and proxies. Read from the application's `.npmrc`, the user's, npm's own and the environment, as npm does.
 * @see {@link https://docs.npmjs.com/cli/v11/configuring-npm/npmrc}
 * @module
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";

/** Settings by their names. */
export type NpmSettings = ReadonlyMap<string, string>;

/** Where settings are. */
export interface NpmConfigPlaces {
  /** The folder of the application. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The registry that npm asks unless it is told otherwise. */
export const DEFAULT_REGISTRY = "https://registry.npmjs.org/";

/** Reads the settings that count: the environment's before the application's, the user's and those of all users. */
export function readNpmSettings({ folder, env }: NpmConfigPlaces): NpmSettings {
  const fromEnv = settingsOfEnvironment(env);
  const project = readFile(join(folder, ".npmrc"), env);
  const home = env["HOME"] ?? homedir();
  const user = readFile(fromEnv.get("userconfig") ?? join(home, ".npmrc"), env);
  const prefix = fromEnv.get("prefix") ?? user.get("prefix") ?? env["PREFIX"];
  const globalPath = fromEnv.get("globalconfig") ?? (prefix === undefined ? "/etc/npmrc" : join(prefix, "etc/npmrc"));
  return new Map([...readFile(globalPath, env), ...user, ...project, ...fromEnv]);
}

function settingsOfEnvironment(env: NpmConfigPlaces["env"]): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1];
    if (key === undefined || value === undefined || value === "") continue;
    // Addresses and scopes are case-sensitive and may have underscores.
    settings.set(/^(?:\/\/|@)/.test(key) ? key : key.toLowerCase().replaceAll("_", "-"), value);
  }
  return settings;
}

function readFile(path: string, env: NpmConfigPlaces["env"]): Map<string, string> {
  let source: string;
  try {
    source = readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return new Map();
    throw new TeuError<BuildErrorCode>(
      "ERR_NPM_CONFIG",
      `Reading "${path}": ${String(code)}, expected a readable file`,
      { cause: error },
    );
  }
  return parseNpmrc(source, env);
}

/** Reads the lines of an `.npmrc`; `${NAME}` stands for a variable. Lists and sections, which nothing here needs, are passed over. */
export function parseNpmrc(source: string, env: NpmConfigPlaces["env"]): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of source.split(/\r?\n/)) {
    const [, key, value] = /^\s*([^\s;#[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || value === undefined || key.endsWith("[]")) continue;
    const plain = /^"(.*)"$|^'(.*)'$/s.exec(value);
    settings.set(substitute(key, env), substitute(plain?.[1] ?? plain?.[2] ?? value, env));
  }
  return settings;
}

function substitute(text: string, env: NpmConfigPlaces["env"]): string {
  return text.replace(/(?<!\\)\$\{([^${}?]+)(\?)?\}/g, (whole, name: string, optional?: string) => {
    return env[name] ?? (optional === undefined ? whole : "");
  });
}

/** The registry of a package, with a slash at its end. @throws TeuError `ERR_NPM_CONFIG` if it is no address. */
export function registryOf(name: string, settings: NpmSettings): string {
  const scope = /^(@[^/]+)\//.exec(name)?.[1];
  const scoped = scope === undefined ? undefined : settings.get(`${scope}:registry`);
  const registry = scoped ?? settings.get("registry") ?? DEFAULT_REGISTRY;
  if (!/^https?:\/\//.test(registry) || !URL.canParse(registry)) {
    throw new TeuError<BuildErrorCode>(
      "ERR_NPM_CONFIG",
      `Reading the registry of "${name}": "${registry}" is no http address`,
    );
  }
  return registry.endsWith("/") ? registry : `${registry}/`;
}

/**
 * Where the archive of a package is. An address at npm's own registry stands for the registry that the user has, as npm
 * takes it.
 */
export function archiveUrl(
  pkg: { readonly name: string; readonly version: string; readonly url?: string },
  settings: NpmSettings,
): string {
  const registry = registryOf(pkg.name, settings);
  const base = pkg.name.slice(pkg.name.lastIndexOf("/") + 1);
  if (pkg.url === undefined) return `${registry}${pkg.name}/-/${base}-${pkg.version}.tgz`;
  const replaced = settings.get("replace-registry-host") ?? "npmjs";
  const url = new URL(pkg.url);
  const isReplaced =
    replaced === "always" ||
    (replaced === "npmjs" && ["registry.npmjs.org", "registry.yarnpkg.com"].includes(url.host)) ||
    replaced === url.host;
  if (!isReplaced) return pkg.url;
  // Below a registry the path of an archive begins with the package.
  const at = url.pathname.indexOf(`/${pkg.name}/`);
  return at < 0 ? pkg.url : new URL(url.pathname.slice(at + 1), registry).href;
}

/** The credentials for an address, as an Authorization header; nothing if there are none. The longest match wins. */
export function authorizationFor(url: string, settings: NpmSettings): string | undefined {
  const { host, pathname } = new URL(url);
  const parts = pathname.split("/");
  for (let count = parts.length; count > 0; count -= 1) {
    const path = parts.slice(0, count).join("/");
    for (const place of [`//${host}${path}/`, `//${host}${path}`]) {
      const found = authorizationAt(place, settings);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function authorizationAt(place: string, settings: NpmSettings): string | undefined {
  const token = settings.get(`${place}:_authToken`);
  if (token !== undefined) return `Bearer ${token}`;
  const basic = settings.get(`${place}:_auth`);
  if (basic !== undefined) return `Basic ${basic}`;
  const username = settings.get(`${place}:username`);
  const password = settings.get(`${place}:_password`);
  if (username === undefined || password === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${Buffer.from(password, "base64").toString("utf8")}`).toString("base64")}`;
}
