/**
 * Where the configuration of registries is, and how it is read: at once, since most of these many files are small or not
 * there, and to have another thread look takes many times as long.
 * @module
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type HostRule, parseHostsToml } from "./hosts-toml.ts";
import { MAX_CONFIG_BYTES } from "./toml.ts";
import { NO_REGISTRIES_CONF, type RegistriesConf, joinRegistriesConf, parseRegistriesConf } from "./registries-conf.ts";

/** Files and folders; those that are not there count as empty. */
export interface ConfigPlaces {
  /** `registries.conf`: the first that is there counts. */
  readonly registriesConf: readonly string[];
  /** Folders of more such files; a later folder adds to an earlier one. */
  readonly registriesConfFolders: readonly string[];
  /** Files of aliases of short names, which count more than all others. */
  readonly aliases: readonly string[];
  /** Folders that have one for each host, with certificates in it; the first that has one counts. */
  readonly certificates: readonly string[];
  /** Folders that have one for each host, with `hosts.toml` in it; the first that has one counts. */
  readonly hosts: readonly string[];
}

/** The usual places; `CONTAINERS_REGISTRIES_CONF` and `XDG_CONFIG_HOME` count. */
export function configPlaces(env: Readonly<Record<string, string | undefined>>, home: string): ConfigPlaces {
  const config = join(nonEmpty(env["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "containers");
  const cache = join(nonEmpty(env["XDG_CACHE_HOME"]) ?? join(home, ".cache"), "containers");
  const chosen = nonEmpty(env["CONTAINERS_REGISTRIES_CONF"]);
  return {
    registriesConf:
      chosen === undefined ? [join(config, "registries.conf"), "/etc/containers/registries.conf"] : [chosen],
    registriesConfFolders:
      chosen === undefined ? ["/etc/containers/registries.conf.d", join(config, "registries.conf.d")] : [],
    aliases: [join(cache, "short-name-aliases.conf")],
    certificates: [
      join(config, "certs.d"),
      "/etc/containers/certs.d",
      join(nonEmpty(env["DOCKER_CONFIG"]) ?? join(home, ".docker"), "certs.d"),
      "/etc/docker/certs.d",
    ],
    hosts: ["/etc/containerd/certs.d"],
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/**
 * Reads what says how registries are reached.
 * @param names Whether aliases of short names are wanted: files that have nothing else may be left out otherwise, since on
 * many machines they are the largest.
 * @throws TeuError `ERR_REGISTRY_CONFIG`
 */
export function readRegistriesConf(places: ConfigPlaces, names = true): RegistriesConf {
  const files: Partial<RegistriesConf>[] = [];
  for (const { path, bytes } of registriesConfFiles(places)) {
    if (names || !hasAliasesOnly(bytes)) files.push(parseRegistriesConf(bytes, path));
  }
  return files.length === 0 ? NO_REGISTRIES_CONF : joinRegistriesConf(files);
}

// Blank lines and comments, one header, and texts with a text each, in so plain a form that there can be no doubt.
const ALIASES_ONLY =
  /^(?:[\t ]*(?:#[^\n\r]*)?\r?\n)*(?:\[aliases\][\t ]*\r?\n(?:[\t ]*(?:"[^"\\\n\r]+" *= *"[^"\\\n\r]*"|#[^\n\r]*)?\r?\n)*)?$/;

function hasAliasesOnly(bytes: Uint8Array): boolean {
  return bytes.length <= MAX_CONFIG_BYTES && ALIASES_ONLY.test(Buffer.from(bytes).toString("latin1"));
}

interface ConfigFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

function* registriesConfFiles({
  registriesConf,
  registriesConfFolders,
  aliases,
}: ConfigPlaces): Generator<ConfigFile, void, undefined> {
  for (const path of registriesConf) {
    const bytes = readIfThere(path);
    if (bytes === undefined) continue;
    yield { path, bytes };
    break;
  }
  const more = registriesConfFolders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith(".conf"))
      .map((name) => join(folder, name)),
  );
  for (const path of [...more, ...aliases]) {
    const bytes = readIfThere(path);
    if (bytes !== undefined) yield { path, bytes };
  }
}

/**
 * What `hosts.toml` says of a host, or that of all hosts; nothing if there is neither. Paths in it are absolute then.
 * @throws TeuError `ERR_REGISTRY_CONFIG`
 */
export function readHostsToml(places: ConfigPlaces, host: string): readonly HostRule[] | undefined {
  for (const folder of places.hosts) {
    for (const name of [host, host.replace(/:(\d+)$/, "_$1_"), "_default"]) {
      const path = join(folder, name, "hosts.toml");
      const bytes = readIfThere(path);
      if (bytes !== undefined) return parseHostsToml(bytes, path, host).map((rule) => besideFile(rule, path));
    }
  }
  return undefined;
}

/** The files that a rule names, found from where the file is that has the rule. */
function besideFile(rule: HostRule, path: string): HostRule {
  const place = (name: string): string => resolve(dirname(path), name);
  return { ...rule, ca: rule.ca.map(place), client: rule.client.map(([cert, key]) => [place(cert), place(key)]) };
}

/** The names in a folder, sorted; none if it is not there. */
export function namesIn(folder: string): string[] {
  return unlessAbsent(folder, (there) => readdirSync(there))?.sort() ?? [];
}

/** A file; nothing if it is not there. */
function readIfThere(path: string): Uint8Array | undefined {
  return unlessAbsent(path, (there) => readFileSync(there));
}

function unlessAbsent<T>(path: string, read: (path: string) => T): T | undefined {
  // Errors cost more than asking.
  if (!existsSync(path)) return undefined;
  try {
    return read(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

// What others keep for themselves is none of our business.
function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "EACCES"].includes(String(error.code));
}
