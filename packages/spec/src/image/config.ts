/**
 * Image configurations: what an image runs on, how it is run, and what its layers are.
 * @module
 */
import type { Json } from "@teu/std/json";
import { isDigest } from "../digest.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch } from "../issue.ts";
import { type PlatformClause, checkPlatform } from "../platform-check.ts";
import { isRfc3339 } from "../rfc3339.ts";
import { type Field, boolean, checkFields, exactly, listOf, string, stringThat } from "../shape.ts";
import { IMAGE_CLAUSES, type ImageClauseId } from "./clauses.ts";
import { type ContainerConfig, checkContainerConfig } from "./container-config.ts";
import { checkNumbers } from "./json-numbers.ts";

/**
 * An image configuration. An optional field may be `null`, which means the same as absent.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties}
 */
export interface ImageConfig {
  /** When the image was made (RFC 3339). */
  readonly created?: string | null;
  /** Who made the image and is responsible for it. */
  readonly author?: string | null;
  /** A value of GOARCH, such as `amd64`. */
  readonly architecture: string;
  /** A value of GOOS, such as `linux`. */
  readonly os: string;
  /** Such as `10.0.14393.1066` on `windows`. */
  readonly "os.version"?: string | null;
  /** Features that the operating system must have, such as `win32k`. */
  readonly "os.features"?: readonly string[] | null;
  /** Variant of the processor, such as `v7` of `arm`. */
  readonly variant?: string | null;
  /** How containers of the image are run. */
  readonly config?: ContainerConfig | null;
  readonly rootfs: RootFs;
  /** How the image came about, first step first. */
  readonly history?: readonly HistoryEntry[] | null;
}

/** The file system of an image. */
export interface RootFs {
  readonly type: "layers";
  /** Digests of the plain tar archives of the layers, base layer first. */
  readonly diff_ids: readonly string[];
}

/** A step in the making of an image. */
export interface HistoryEntry {
  /** When the step was done (RFC 3339). */
  readonly created?: string | null;
  readonly author?: string | null;
  /** The command of the step. */
  readonly created_by?: string | null;
  readonly comment?: string | null;
  /** True if the step left the file system alone, and so made no layer. */
  readonly empty_layer?: boolean | null;
}

/** Largest configuration that is read, in bytes. */
export const MAX_CONFIG_BYTES: number = 8 * 1024 * 1024;

const READER: DocumentReader = {
  name: "an image configuration",
  limits: { maxLength: MAX_CONFIG_BYTES, maxDepth: 64 },
  check: checkConfig,
};

/**
 * Reads an image configuration.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseConfig(bytes: Uint8Array): Document<ImageConfig> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that an image configuration breaks. Unknown fields break none. */
export function checkConfig(json: Json): Issue[] {
  const report = new Report(IMAGE_CLAUSES);
  if (json.kind !== "object") {
    report.add("image.config.object", json, mismatch("an object", json));
    return report.issues;
  }
  checkFields(json, FIELDS, report);
  checkTarget(json, report);
  const config = json.get("config");
  if (config.kind === "object") checkContainerConfig(config, json.get("os").text, report);
  else if (!config.absent) report.add("image.config.config", config, mismatch("an object", config));
  checkRootFs(json.get("rootfs"), report);
  checkHistory(json, report);
  checkNumbers(json, report);
  return report.issues;
}

const dateTime = stringThat(isRfc3339, "a date and time (RFC 3339)");

const FIELDS: readonly Field<ImageClauseId>[] = [
  { name: "created", shape: dateTime, clause: "image.config.created" },
  { name: "author", shape: string, clause: "image.config.author" },
];

const ROOT_FS_FIELDS: readonly Field<ImageClauseId>[] = [
  {
    name: "type",
    shape: exactly("layers"),
    clause: "image.config.rootfs.type",
    required: true,
  },
  {
    name: "diff_ids",
    shape: listOf(stringThat(isDigest, "a digest")),
    clause: "image.config.rootfs.diff_ids",
    required: true,
  },
];

const HISTORY_FIELDS: readonly Field<ImageClauseId>[] = [
  { name: "created", shape: dateTime, clause: "image.config.history.created" },
  { name: "author", shape: string, clause: "image.config.history.author" },
  { name: "created_by", shape: string, clause: "image.config.history.created_by" },
  { name: "comment", shape: string, clause: "image.config.history.comment" },
  { name: "empty_layer", shape: boolean, clause: "image.config.history.empty_layer" },
];

/** A configuration says what it is for by the fields of a platform; these are the clauses that say the same of both. */
const PLATFORM_CLAUSES: { readonly [Id in PlatformClause]?: ImageClauseId } = {
  "image.platform.architecture": "image.config.architecture",
  "image.platform.architecture.known": "image.config.architecture.known",
  "image.platform.os": "image.config.os",
  "image.platform.os.known": "image.config.os.known",
  "image.platform.os.version": "image.config.os.version",
  "image.platform.os.features": "image.config.os.features",
  "image.platform.os.features.windows": "image.config.os.features.windows",
  "image.platform.variant": "image.config.variant",
  "image.platform.variant.known": "image.config.variant.known",
};

/** Unlike a platform, a configuration may have `null` for its optional fields. */
const NULLABLE = ["os.version", "os.features", "variant"] as const;

function checkTarget(json: Json, report: Report<ImageClauseId>): void {
  const found = new Report<PlatformClause>(IMAGE_CLAUSES);
  checkPlatform(json, found);
  const nulls = NULLABLE.map((name) => json.get(name)).filter(({ kind }) => kind === "null");
  for (const { clause, path, message } of found.issues) {
    const same = PLATFORM_CLAUSES[clause as PlatformClause];
    if (same !== undefined && nulls.every((field) => field.path !== path)) report.add(same, path, message);
  }
}

function checkRootFs(json: Json, report: Report<ImageClauseId>): void {
  if (json.kind !== "object") report.add("image.config.rootfs", json, mismatch("an object", json));
  else checkFields(json, ROOT_FS_FIELDS, report);
}

function checkHistory(json: Json, report: Report<ImageClauseId>): void {
  const history = json.get("history");
  if (history.absent) return;
  if (history.kind !== "array") return report.add("image.config.history", history, mismatch("an array", history));
  for (const entry of history.items) {
    if (entry.kind === "object") checkFields(entry, HISTORY_FIELDS, report);
    else report.add("image.config.history", entry, mismatch("an object", entry));
  }
  const steps = history.items.filter((entry) => entry.fields.get("empty_layer")?.text !== "true").length;
  const layers = json.get("rootfs").fields.get("diff_ids")?.items.length;
  if (history.items.length === 0 || layers === undefined || steps === layers) return;
  const message = `expected an entry for each of ${layers} layers, got ${steps} that are not empty_layer`;
  report.add("image.config.history.layers", history, message);
}
