/**
 * The configuration of npm, as far as fetching packages goes: registries by scope, credentials by address, certificates
 * and proxies. Read from the application's `.npmrc`, the user's, npm's own and the environment, as npm does.
 * @see {@link https://docs.npmjs.com/cli/v11/configuring-npm/npmrc}
 * @module
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { readSettings } from "../settings-file.ts";

/** Settings by their names. */
export type NpmSettings = ReadonlyMap<string, string>;

/** Where settings are. */
export interface NpmConfigPlaces {
  /** The folder of the application. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

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
  const source = readSettings(path, "ERR_NPM_CONFIG");
  return source === undefined ? new Map() : parseNpmrc(source, env);
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
