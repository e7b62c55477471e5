/**
 * Files that say what to synchronise: those of regsync, and those that skopeo sync takes, as far as they say what goes where.
 * Credentials are no part of them; `teu login` keeps these.
 * @see {@link https://github.com/regclient/regclient/blob/v0.11.1/docs/regsync.md}
 * @see {@link https://github.com/containers/skopeo/blob/v1.20.0/docs/skopeo-sync.1.md#yaml-file-content-used-source-for---src-yaml}
 * @module
 */
import { Fields } from "@teu/registry-server/config/fields";
import { type YamlDocument, parseYaml } from "@teu/registry-server/config/yaml-document";
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import type { CliErrorCode } from "../errors.ts";
import { readPlatform } from "../images/client.ts";
import { type Filter, EVERYTHING, regexFilter } from "./filter.ts";
import type { EntryOptions, SyncEntry, SyncKind } from "./sync-entry.ts";
import { versionFilter } from "./version-range.ts";

/** What a file says. */
export interface SyncFile {
  readonly entries: readonly SyncEntry[];
  /** How many images to copy at a time, if it says so. */
  readonly parallel: number | undefined;
  /** Hosts that it says need no good certificate. */
  readonly insecure: readonly string[];
  /** What it says that is not acted upon. */
  readonly notes: readonly string[];
}

/** What the command says besides. */
export interface FileOptions extends EntryOptions {
  /** Of the file, for messages. */
  readonly name: string;
  /** Where to, for files of skopeo's, which do not say. */
  readonly target?: string | undefined;
}

const MAX_SHOWN = 20;
const MAX_PARALLEL = 32;
// When to run is for cron or systemd to say; how fast, for the registry, which is listened to; and a copy is always whole.
const IGNORED = [
  "interval",
  "schedule",
  "ratelimit",
  "cacheCount",
  "cacheTime",
  "fastCopy",
  "forceRecursive",
  "userAgent",
];
const DEFAULTS = ["parallel", "platform", "platforms", "referrers", "skipDockerConfig", ...IGNORED];
const ENTRY = ["source", "target", "type", "tags", "repos", "platform", "platforms", "referrers", ...IGNORED];
const SKOPEO = ["images", "images-by-tag-regex", "images-by-semver", "tls-verify"];
const KINDS: readonly SyncKind[] = ["registry", "repository", "image"];

/**
 * Reads a file.
 * @throws TeuError `ERR_USAGE` that names every fault with its line.
 */
export function parseSyncFile(text: string, options: FileOptions): SyncFile {
  try {
    const document = parseYaml(text);
    const reader = new Reader(document, options);
    const file = document.json.get("sync").absent ? reader.skopeo() : reader.regsync();
    if (reader.fields.issues.length === 0) return file;
    throw invalid(options.name, reader.fields.issues);
  } catch (error) {
    if (error instanceof JsonError) throw invalid(options.name, [error.message]);
    throw error;
  }
}

function invalid(name: string, issues: readonly string[]): TeuError<CliErrorCode> {
  const shown = issues.slice(0, MAX_SHOWN).join("\n  ");
  return new TeuError("ERR_USAGE", `Reading "${name}": ${issues.length === 1 ? shown : `\n  ${shown}`}`, {
    hint: "Credentials are not read from here: teu login keeps them",
  });
}

/** Regsync has a name of its own for layouts. */
function fromRegsync(place: string): string {
  return place.replace(/^ocidir:\/\//, "oci:");
}

class Reader {
  readonly fields: Fields;
  readonly #root: Json;
  readonly #options: FileOptions;

  constructor(document: YamlDocument, options: FileOptions) {
    this.fields = new Fields(document);
    this.#root = document.json;
    this.#options = options;
  }

  regsync(): SyncFile {
    const { fields } = this;
    // Where anchors are kept.
    const extensions = this.#root.names().filter((name) => name.startsWith("x-"));
    fields.only(this.#root, ["version", "creds", "defaults", "sync", ...extensions]);
    const version = this.#root.get("version");
    if (fields.integer(version, 1, [0, 1_000_000]) !== 1) fields.fault(version, "expected version 1");
    const defaults = this.#root.get("defaults");
    fields.only(defaults, DEFAULTS);
    const parallel = fields.integer(defaults.get("parallel"), 0, [0, MAX_PARALLEL]);
    const said = [defaults, ...this.#root.get("sync").items];
    const ignored = IGNORED.filter((name) => said.some((json) => !json.get(name).absent));
    return {
      entries: fields.list(this.#root.get("sync"), (json) => this.#entry(json, defaults)),
      parallel: parallel === 0 ? undefined : parallel,
      insecure: fields.list(this.#root.get("creds"), (json) => this.#insecure(json)),
      notes: ignored.length === 0 ? [] : [`not acted upon in this one run: ${ignored.join(", ")}`],
    };
  }

  /** The host of an entry of `creds`, if it says that this needs no good certificate. */
  #insecure(json: Json): string | undefined {
    const { fields } = this;
    fields.only(json, ["registry", "tls"]);
    const tls = fields.string(json.get("tls")) ?? "enabled";
    if (!["enabled", "insecure", "disabled"].includes(tls))
      fields.fault(json.get("tls"), "expected enabled, insecure or disabled");
    return tls === "enabled" ? undefined : fields.string(json.get("registry"));
  }

  #entry(json: Json, defaults: Json): SyncEntry | undefined {
    const { fields } = this;
    fields.only(json, ENTRY);
    const [source, target] = [fields.string(json.get("source")), fields.string(json.get("target"))];
    const type = fields.string(json.get("type"));
    const kind = KINDS.find((name) => name === type);
    if (kind === undefined) fields.fault(json.get("type"), `expected one of ${KINDS.join(", ")}`);
    if (source === undefined || target === undefined || kind === undefined) {
      if (source === undefined) fields.fault(json.get("source"), "is missing");
      if (target === undefined) fields.fault(json.get("target"), "is missing");
      return undefined;
    }
    const from = fromRegsync(source);
    return {
      kind: from.startsWith("oci:") ? "layout" : kind,
      source: from,
      target: fromRegsync(target),
      repositories: this.#filter(json.get("repos")),
      tags: this.#filter(json.get("tags")),
      platforms: this.#platforms(json) ?? this.#platforms(defaults) ?? this.#options.platforms,
      referrers: fields.boolean(
        json.get("referrers"),
        fields.boolean(defaults.get("referrers"), this.#options.referrers),
      ),
    };
  }

  #filter(json: Json): Filter {
    this.fields.only(json, ["allow", "deny", "semverRange"]);
    const allow = this.fields.strings(json.get("allow"));
    const deny = this.fields.strings(json.get("deny"));
    const ranges = this.fields.strings(json.get("semverRange"));
    return this.#read(json, () => {
      const [isNamed, isDenied, isInRange] = [regexFilter(allow, []), regexFilter(deny, []), ranges.map(versionFilter)];
      const isAllowed = (name: string): boolean =>
        (allow.length > 0 && isNamed(name)) || isInRange.some((inRange) => inRange(name));
      const takesAll = allow.length === 0 && ranges.length === 0;
      return (name) => (takesAll || isAllowed(name)) && !(deny.length > 0 && isDenied(name));
    });
  }

  #read(json: Json, read: () => Filter): Filter {
    try {
      return read();
    } catch (error) {
      this.fields.fault(json, error instanceof Error ? error.message : String(error));
      return EVERYTHING;
    }
  }

  #platforms(json: Json): readonly Platform[] | undefined {
    const one = this.fields.string(json.get("platform"));
    const texts = [...(one === undefined ? [] : [one]), ...this.fields.strings(json.get("platforms"))];
    return texts.length === 0 ? undefined : texts.map(readPlatform);
  }

  /** A file of skopeo's: registries, in them repositories, of which some tags. */
  skopeo(): SyncFile {
    const { target } = this.#options;
    if (target === undefined) this.fields.fault(this.#root.get("sync"), "is missing, and no target was given");
    const insecure: string[] = [];
    const entries = this.fields.entries(this.#root).flatMap(([host, json]) => {
      this.fields.only(json, SKOPEO);
      if (!this.fields.boolean(json.get("tls-verify"), true)) insecure.push(host);
      return [
        ...this.#listed(host, json.get("images")),
        // Skopeo's patterns match a part.
        ...this.#filtered(host, json.get("images-by-tag-regex"), (text) => regexFilter([`.*(?:${text}).*`], [])),
        ...this.#filtered(host, json.get("images-by-semver"), versionFilter),
      ];
    });
    return { entries, parallel: undefined, insecure, notes: [] };
  }

  #listed(host: string, json: Json): SyncEntry[] {
    return this.fields.entries(json).flatMap(([path, names]) => {
      const wanted = this.fields.strings(names);
      if (wanted.length === 0) return [this.#fromSkopeo("repository", `${host}/${path}`, EVERYTHING)];
      return wanted.map((name) => {
        const mark = name.includes(":") ? "@" : ":";
        return this.#fromSkopeo("image", `${host}/${path}${mark}${name}`, EVERYTHING);
      });
    });
  }

  #filtered(host: string, json: Json, read: (text: string) => Filter): SyncEntry[] {
    return this.fields.entries(json).map(([path, pattern]) => {
      const tags = this.#read(pattern, () => read(this.fields.string(pattern) ?? ""));
      return this.#fromSkopeo("repository", `${host}/${path}`, tags);
    });
  }

  #fromSkopeo(kind: SyncKind, source: string, tags: Filter): SyncEntry {
    const { target = "", platforms, referrers } = this.#options;
    const path = source.slice(source.indexOf("/") + 1).replace(/[:@].*$/, "");
    const isLayout = target.startsWith("oci:");
    return {
      kind,
      source,
      target: isLayout ? target : `${target.replace(/^docker:\/\//, "").replace(/\/$/, "")}/${path}`,
      repositories: EVERYTHING,
      tags,
      platforms,
      referrers,
    };
  }
}
