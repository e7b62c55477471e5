/**
 * Where the configuration of registries is, and how it is read.
 * @module
 */
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type HostRule, parseHostsToml } from "./hosts-toml.ts";
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
 * Reads all that says how registries are reached.
 * @throws TeuError `ERR_REGISTRY_CONFIG`
 */
export async function readRegistriesConf(places: ConfigPlaces): Promise<RegistriesConf> {
  const files: Partial<RegistriesConf>[] = [];
  for (const path of await chosenFiles(places)) {
    const bytes = await readIfThere(path);
    if (bytes !== undefined) files.push(parseRegistriesConf(bytes, path));
  }
  return files.length === 0 ? NO_REGISTRIES_CONF : joinRegistriesConf(files);
}

async function chosenFiles({ registriesConf, registriesConfFolders, aliases }: ConfigPlaces): Promise<string[]> {
  const files: string[] = [];
  for (const path of registriesConf) {
    if ((await readIfThere(path)) === undefined) continue;
    files.push(path);
    break;
  }
  for (const folder of registriesConfFolders) {
    const names = await namesIn(folder);
    files.push(...names.filter((name) => name.endsWith(".conf")).map((name) => join(folder, name)));
  }
  return [...files, ...aliases];
}

/**
 * What `hosts.toml` says of a host, or that of all hosts; nothing if there is neither. Paths in it are absolute then.
 * @throws TeuError `ERR_REGISTRY_CONFIG`
 */
export async function readHostsToml(places: ConfigPlaces, host: string): Promise<readonly HostRule[] | undefined> {
  for (const folder of places.hosts) {
    for (const name of [host, host.replace(/:(\d+)$/, "_$1_"), "_default"]) {
      const path = join(folder, name, "hosts.toml");
      const bytes = await readIfThere(path);
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
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** A file; nothing if it is not there. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

// What others keep for themselves is none of our business.
function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "EACCES"].includes(String(error.code));
}
