/**
 * The configuration of a registry: one YAML file, of which every fault is told at once, each with its line.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import type { Action } from "../access.ts";
import type { RegistryServerErrorCode } from "../errors.ts";
import type { CertificateRule, Robot } from "../auth/accounts.ts";
import type { IssuerConfig } from "../auth/issuers.ts";
import type { UpstreamConfig } from "../upstream/upstream.ts";
import type { TelemetryConfig } from "../operate/telemetry.ts";
import { readAccounts } from "./account-fields.ts";
import { type HookConfig, readHook, readTelemetry } from "./event-fields.ts";
import {
  type AcmeConfig,
  type S3Config,
  type TlsConfig,
  readAcme,
  readDatabase,
  readS3,
  readTls,
  readUpstream,
  readUrl,
} from "./place-fields.ts";
import { Fields } from "./fields.ts";
import { type YamlDocument, parseYaml } from "./yaml-document.ts";

/** Who may do what where. */
export interface Rule {
  /** Patterns of repositories. */
  readonly repositories: readonly string[];
  /** Names of users, `group:NAME`, `authenticated` or `anyone`. */
  readonly who: readonly string[];
  readonly allow: readonly Action[];
}

/** Which manifests a repository keeps. What no rule keeps goes, unless nothing is said here. */
export interface Retention {
  /** The tags that were set last; so many. */
  readonly keepLast?: number | undefined;
  /** Patterns of tags. */
  readonly keepTags: readonly string[];
  /** Manifests that were pushed within this time, in milliseconds. */
  readonly pushedWithinMs?: number | undefined;
  /** Manifests that were pulled within this time, in milliseconds. */
  readonly pulledWithinMs?: number | undefined;
}

/** What holds for the repositories that match. Of several entries the first that says something counts. */
export interface RepositoryPolicy {
  readonly match: readonly string[];
  /** Patterns of tags that must not change. */
  readonly immutableTags: readonly string[];
  readonly maxBytes?: number | undefined;
  readonly maxTags?: number | undefined;
  readonly retention?: Retention | undefined;
  readonly warning?: string | undefined;
}

/** A configuration. Paths are as in the file. */
export interface RegistryConfig {
  readonly host?: string | undefined;
  readonly port: number;
  /** Address under which clients reach the registry, for the address of the token server. */
  readonly url?: string | undefined;
  /** Folder of the data. */
  readonly root?: string | undefined;
  /** Where blobs are, if not in the folder of the data. */
  readonly s3?: S3Config | undefined;
  /** Address of a PostgreSQL database for metadata, if not SQLite in the folder of the data. */
  readonly database?: string | undefined;
  readonly tls?: TlsConfig | undefined;
  readonly acme?: AcmeConfig | undefined;
  /** File of users and passwords, as htpasswd writes it. Without, nobody is asked who they are. */
  readonly users?: string | undefined;
  /** Whether clients are sent to our token server; else they show their password each time. */
  readonly tokens: boolean;
  readonly tokenMs: number;
  /** File of the key that tokens are signed with, for nodes that share it. Default: one in the folder of the data. */
  readonly tokenKey?: string | undefined;
  /** Issuers of tokens that are trusted beside our own. */
  readonly issuers: readonly IssuerConfig[];
  readonly robots: readonly Robot[];
  readonly certificates: readonly CertificateRule[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly rules: readonly Rule[];
  readonly repositories: readonly RepositoryPolicy[];
  /** Where what is not here is pulled from; the first that matches counts. */
  readonly upstreams: readonly UpstreamConfig[];
  readonly require: "all" | "blobs" | "none";
  readonly deletes: boolean;
  readonly maxManifestBytes?: number | undefined;
  readonly maxBlobBytes?: number | undefined;
  readonly leaseMs?: number | undefined;
  readonly sessionMs?: number | undefined;
  /** How long what was deleted can be restored. */
  readonly undeleteMs: number;
  /** How long a blob that nobody needs any more keeps its bytes. */
  readonly graceMs: number;
  /** How long from one collection to the next; 0 for none. */
  readonly collectMs: number;
  /** How long from one scrubbing to the next; 0 for none. */
  readonly scrubMs: number;
  /** Requests a second of one client; 0 for no limit. */
  readonly requestsPerSecond: number;
  readonly hooks: readonly HookConfig[];
  readonly telemetry?: TelemetryConfig | undefined;
  readonly metrics: boolean;
  /** Whether there are pages for people. */
  readonly web: boolean;
}

/**
 * Reads a configuration.
 * @param name Of the file, for messages.
 * @throws TeuError `ERR_SERVER_CONFIG`; `detail.issues` lists every fault.
 */
export function parseConfig(text: string, name = "the configuration"): RegistryConfig {
  try {
    const document = parseYaml(text);
    const fields = new Fields(document);
    const config = readConfig(document, fields);
    if (fields.issues.length === 0) return config;
    throw invalid(name, fields.issues);
  } catch (error) {
    if (error instanceof JsonError) throw invalid(name, [error.message]);
    throw error;
  }
}

function invalid(name: string, issues: readonly string[]): TeuError<RegistryServerErrorCode> {
  const shown = issues.slice(0, MAX_SHOWN).join("\n  ");
  const message = `Reading registry configuration "${name}": ${issues.length === 1 ? shown : `\n  ${shown}`}`;
  return new TeuError("ERR_SERVER_CONFIG", message, { detail: { issues } });
}

const MAX_SHOWN = 20;
const HOUR_MS = 3_600_000;
/** Fields of the file. */
export const CONFIG_NAMES: readonly string[] = [
  "host",
  "port",
  "url",
  "root",
  "s3",
  "database",
  "tls",
  "users",
  "tokens",
  "tokenTime",
  "tokenKey",
  "issuers",
  "robots",
  "certificates",
  "acme",
  "groups",
  "rules",
  "repositories",
  "upstreams",
  "require",
  "deletes",
  "maxManifest",
  "maxBlob",
  "lease",
  "uploadTime",
  "undelete",
  "grace",
  "collect",
  "scrub",
  "requestsPerSecond",
  "hooks",
  "telemetry",
  "metrics",
  "web",
];

function readConfig({ json }: YamlDocument, fields: Fields): RegistryConfig {
  fields.only(json, CONFIG_NAMES);
  if (!json.get("database").absent && !json.get("users").absent && json.get("tokenKey").absent)
    fields.fault(json.get("users"), "tokenKey is required, since nodes that share a database have to share it");
  if (json.kind !== "object") return readConfig(parseYaml("{}"), fields);
  const groups = new Map(fields.entries(json.get("groups")).map(([name, list]) => [name, fields.strings(list)]));
  return {
    host: fields.string(json.get("host")),
    port: fields.integer(json.get("port"), 5000, [0, 65_535]),
    url: readUrl(json.get("url"), fields),
    root: fields.string(json.get("root")),
    s3: readS3(json.get("s3"), fields),
    database: readDatabase(json.get("database"), fields),
    tls: readTls(json.get("tls"), fields),
    users: fields.string(json.get("users")),
    tokens: fields.boolean(json.get("tokens"), true),
    tokenMs: fields.duration(json.get("tokenTime")) ?? 300_000,
    tokenKey: fields.string(json.get("tokenKey")),
    ...readAccounts(json, fields),
    acme: readAcme(json.get("acme"), fields),
    groups,
    rules: fields.list(json.get("rules"), (rule) => readRule(rule, fields, groups)),
    repositories: fields.list(json.get("repositories"), (entry) => readRepository(entry, fields)),
    upstreams: fields.list(json.get("upstreams"), (entry) => readUpstream(entry, fields)),
    require: readChoice(json.get("require"), fields, ["all", "blobs", "none"]) ?? "all",
    deletes: fields.boolean(json.get("deletes"), true),
    ...readLimits(json, fields),
    hooks: fields.list(json.get("hooks"), (entry) => readHook(entry, fields)),
    telemetry: readTelemetry(json.get("telemetry"), fields),
    metrics: fields.boolean(json.get("metrics"), true),
    web: fields.boolean(json.get("web"), true),
  };
}

function readLimits(
  json: Json,
  fields: Fields,
): Pick<
  RegistryConfig,
  | "maxManifestBytes"
  | "maxBlobBytes"
  | "leaseMs"
  | "sessionMs"
  | "undeleteMs"
  | "graceMs"
  | "collectMs"
  | "scrubMs"
  | "requestsPerSecond"
> {
  return {
    maxManifestBytes: fields.size(json.get("maxManifest")),
    maxBlobBytes: fields.size(json.get("maxBlob")),
    leaseMs: fields.duration(json.get("lease")),
    sessionMs: fields.duration(json.get("uploadTime")),
    undeleteMs: fields.duration(json.get("undelete")) ?? 24 * HOUR_MS,
    graceMs: fields.duration(json.get("grace")) ?? HOUR_MS,
    collectMs: fields.duration(json.get("collect")) ?? HOUR_MS,
    scrubMs: fields.duration(json.get("scrub")) ?? 0,
    requestsPerSecond: fields.integer(json.get("requestsPerSecond"), 0, [0, 1_000_000]),
  };
}

const ACTIONS: readonly Action[] = ["pull", "push", "delete"];

function readRule(json: Json, fields: Fields, groups: ReadonlyMap<string, unknown>): Rule | undefined {
  fields.only(json, ["repositories", "who", "allow"]);
  if (json.kind !== "object") return undefined;
  const allow = fields.list(json.get("allow"), (item) => readChoice(item, fields, ACTIONS));
  const who = fields.list(json.get("who"), (item) => {
    const group = /^group:(.*)$/.exec(item.string())?.[1];
    if (group !== undefined && !groups.has(group)) fields.fault(item, `the group ${group} is not among groups`);
    return item.text;
  });
  for (const name of ["repositories", "who", "allow"])
    if (json.get(name).absent) fields.fault(json, `${name} is required`);
  return { repositories: fields.strings(json.get("repositories")), who, allow };
}

function readChoice<T extends string>(json: Json, fields: Fields, choices: readonly T[]): T | undefined {
  if (json.absent) return undefined;
  const found = choices.find((choice) => json.kind === "string" && choice === json.text);
  if (found === undefined) fields.fault(json, `expected one of ${choices.join(", ")}, got ${json.text || json.kind}`);
  return found;
}

const REPOSITORY_NAMES = ["match", "immutableTags", "maxBytes", "maxTags", "retention", "warning"];

function readRepository(json: Json, fields: Fields): RepositoryPolicy | undefined {
  fields.only(json, REPOSITORY_NAMES);
  if (json.kind !== "object") return undefined;
  const match = json.get("match");
  if (match.absent) fields.fault(json, "match is required");
  return {
    match: match.kind === "string" ? [match.text] : fields.strings(match),
    immutableTags: fields.strings(json.get("immutableTags")),
    maxBytes: fields.size(json.get("maxBytes")),
    maxTags: json.get("maxTags").absent ? undefined : fields.integer(json.get("maxTags"), 0, [0, 1e9]),
    retention: readRetention(json.get("retention"), fields),
    warning: readWarning(json.get("warning"), fields),
  };
}

function readRetention(json: Json, fields: Fields): Retention | undefined {
  fields.only(json, ["keepLast", "keepTags", "pushedWithin", "pulledWithin"]);
  if (json.kind !== "object") return undefined;
  return {
    keepLast: json.get("keepLast").absent ? undefined : fields.integer(json.get("keepLast"), 0, [0, 1e9]),
    keepTags: fields.strings(json.get("keepTags")),
    pushedWithinMs: fields.duration(json.get("pushedWithin")),
    pulledWithinMs: fields.duration(json.get("pulledWithin")),
  };
}

function readWarning(json: Json, fields: Fields): string | undefined {
  const text = fields.string(json);
  if (text === undefined || /^[\u0020-\u007e]{0,1024}$/.test(text)) return text;
  fields.fault(json, "expected a line of at most 1024 printable ASCII characters");
  return undefined;
}
