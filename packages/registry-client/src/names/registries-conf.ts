/**
 * `registries.conf`, in which users of podman, skopeo and buildah say which registries there are, what stands in for them,
 * and what short names mean.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-registries.conf.5.md}
 * @module
 */
import { isHost, isPath } from "@teu/spec/reference";
import { type Json, JsonError } from "@teu/std/json";
import { flagOf, readToml, textOf, textsOf } from "./toml.ts";

/** What such files say. */
export interface RegistriesConf {
  /** Hosts, with a path or not, to which names without a host may belong. */
  readonly search: readonly string[];
  readonly shortNameMode: "enforcing" | "permissive" | "disabled";
  readonly registries: readonly RegistryRule[];
  /** Full names by short name. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** How to reach the images whose names begin so. */
export interface RegistryRule {
  /** Host with or without path, which may have a tag or digest; or `*.` and a domain. */
  readonly prefix: string;
  /** What stands in place of the prefix, with the same tag or digest; nothing leaves it. */
  readonly location: string | undefined;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorRule[];
}

/** Another place to pull from, tried first. */
export interface MirrorRule {
  readonly location: string;
  readonly insecure: boolean;
  readonly pulls: "all" | "digest-only" | "tag-only";
}

/** What holds where there is no file. */
export const NO_REGISTRIES_CONF: RegistriesConf = {
  search: [],
  shortNameMode: "permissive",
  registries: [],
  aliases: new Map(),
};

/**
 * Reads one file.
 * @throws TeuError `ERR_REGISTRY_CONFIG`
 */
export function parseRegistriesConf(bytes: Uint8Array, path: string): Partial<RegistriesConf> {
  return readToml(bytes, path, (document) => {
    if (!document.get("registries").absent)
      throw new JsonError("registries: the old form of the file, expected version 2");
    const search = document.get("unqualified-search-registries");
    const mode = document.get("short-name-mode");
    return {
      ...(search.absent ? {} : { search: textsOf(search).map((host) => checkPlace(search, host)) }),
      ...(mode.absent ? {} : { shortNameMode: readMode(mode) }),
      registries: document.get("registry").absent ? [] : document.get("registry").list().map(readRule),
      aliases: new Map(
        document
          .get("aliases")
          .names()
          .map((name) => [name, document.get("aliases").get(name).string()]),
      ),
    };
  });
}

function readMode(json: Json): RegistriesConf["shortNameMode"] {
  const mode = json.string();
  if (mode === "enforcing" || mode === "permissive" || mode === "disabled") return mode;
  throw json.unexpected("enforcing, permissive or disabled");
}

function readRule(json: Json): RegistryRule {
  const location = textOf(json.get("location"));
  const prefix = textOf(json.get("prefix")) ?? location;
  if (prefix === undefined) throw new JsonError(`${json.place}: expected prefix or location`);
  const suffix = suffixOf(checkPlace(json.get("prefix"), prefix.replace(/^\*\./, "")));
  if (location !== undefined) checkPlace(json.get("location"), location, suffix);
  const digestsOnly = flagOf(json.get("mirror-by-digest-only"));
  return {
    prefix,
    location,
    insecure: flagOf(json.get("insecure")),
    blocked: flagOf(json.get("blocked")),
    mirrors: json.get("mirror").absent
      ? []
      : json
          .get("mirror")
          .list()
          .map((mirror) => readMirror(mirror, digestsOnly, suffix)),
  };
}

function readMirror(json: Json, digestsOnly: boolean, suffix: string): MirrorRule {
  const pulls = textOf(json.get("pull-from-mirror")) ?? (digestsOnly ? "digest-only" : "all");
  if (pulls !== "all" && pulls !== "digest-only" && pulls !== "tag-only") {
    throw json.get("pull-from-mirror").unexpected("all, digest-only or tag-only");
  }
  const location = checkPlace(json.get("location"), json.get("location").string(), suffix);
  return { location, insecure: flagOf(json.get("insecure")), pulls };
}

/** A host, perhaps with a path behind it, and that with a tag or digest: the one that is expected, if there is one. */
function checkPlace(json: Json, text: string, expected: string = suffixOf(text)): string {
  const name = withoutSuffix(text);
  const slash = name.indexOf("/");
  const [host, path] = slash < 0 ? [name, undefined] : [name.slice(0, slash), name.slice(slash + 1)];
  const isName = isHost(host) && (path === undefined || isPath(path));
  if (!isName || !SUFFIX.test(suffixOf(text)))
    throw new JsonError(`${json.path}: "${text}", expected a host without scheme, with a path or not`);
  if (suffixOf(text) === expected) return text;
  throw new JsonError(`${json.path}: "${text}", expected the tag or digest of the prefix, "${expected}"`);
}

const SUFFIX = /^(?::\w[\w.-]{0,127})?(?:@[A-Za-z][\w+.-]*:[0-9a-fA-F]{32,})?$/;

/** The tag and digest of a place; a colon in its host is none. */
function suffixOf(place: string): string {
  const slash = place.indexOf("/");
  const mark = slash < 0 ? -1 : place.slice(slash).search(/[:@]/);
  return mark < 0 ? "" : place.slice(slash + mark);
}

function withoutSuffix(place: string): string {
  return place.slice(0, place.length - suffixOf(place).length);
}

/** Joins files: later ones win, but for lists of registries and aliases, which grow. */
export function joinRegistriesConf(files: readonly Partial<RegistriesConf>[]): RegistriesConf {
  const rules = new Map(files.flatMap(({ registries = [] }) => registries.map((rule) => [rule.prefix, rule] as const)));
  return {
    search: files.findLast(({ search }) => search !== undefined)?.search ?? [],
    shortNameMode: files.findLast(({ shortNameMode }) => shortNameMode !== undefined)?.shortNameMode ?? "permissive",
    registries: [...rules.values()],
    aliases: new Map(files.flatMap(({ aliases = new Map<string, string>() }) => [...aliases])),
  };
}

/** The rule with the longest prefix that fits a name of host and path, with tag or digest; nothing if none does. */
export function findRule(conf: RegistriesConf, name: string): RegistryRule | undefined {
  const fitting = conf.registries.filter(({ prefix }) => hasPrefix(name, prefix));
  return fitting.toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

function hasPrefix(name: string, prefix: string): boolean {
  if (prefix.startsWith("*.")) return domainOf(name).endsWith(prefix.slice(1));
  if (!name.startsWith(prefix)) return false;
  const next = name.charAt(prefix.length);
  // A host with a port is another than the one without.
  return next === "" || next === "/" || (prefix.includes("/") && (next === ":" || next === "@"));
}

/** The host of a name, without its port. */
function domainOf(name: string): string {
  return name.split(/[/:]/, 1)[0] ?? "";
}

/** `name`, of host and path, with what stands in place of the prefix. */
export function relocate(name: string, prefix: string, location: string | undefined): string {
  if (location === undefined) return name;
  const replaced = prefix.startsWith("*.") ? domainOf(name) : withoutSuffix(prefix);
  return withoutSuffix(location) + name.slice(replaced.length);
}
