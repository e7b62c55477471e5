/**
 * Tells what kind of document some bytes are, from their media type and what stands in them, which must not contradict.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type Json, JsonError, type JsonLimits } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { checkArchiveManifest, parseArchiveManifest } from "../docker/archive.ts";
import { checkDockerConfig, parseDockerConfig } from "../docker/config.ts";
import { checkDockerManifestList, parseDockerManifestList } from "../docker/manifest-list.ts";
import { checkSchema1, parseSchema1 } from "../docker/schema1.ts";
import { checkDockerManifest, parseDockerManifest } from "../docker/schema2.ts";
import type { Document } from "../document.ts";
import type { SpecErrorCode } from "../errors.ts";
import { type Issue, quote } from "../issue.ts";
import {
  DOCKER_CONFIG,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_1,
  DOCKER_MANIFEST_1_SIGNED,
  DOCKER_MANIFEST_LIST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYOUT_HEADER,
  OCI_MANIFEST,
} from "../media-types.ts";
import { MAX_CONFIG_BYTES, checkConfig, parseConfig } from "./config.ts";
import { checkIndex, parseIndex } from "./index-document.ts";
import { checkLayoutHeader, parseLayoutHeader } from "./layout.ts";
import { checkManifest, parseManifest } from "./manifest.ts";

/** Names of kinds of documents. */
export type DocumentKindId =
  | "manifest"
  | "index"
  | "config"
  | "layout"
  | "docker-manifest"
  | "docker-manifest-list"
  | "docker-config"
  | "docker-schema1"
  | "docker-archive";

/** A kind of document that this room can read. */
export interface DocumentKind {
  readonly id: DocumentKindId;
  /** With its article, as messages name it. */
  readonly name: string;
  /** Media types of such documents. */
  readonly mediaTypes: readonly string[];
  /** A field that such documents have and those of other shapes have not; nothing for an array. */
  readonly field?: string;
  readonly parse: (bytes: Uint8Array) => Document<unknown>;
  readonly check: (json: Json) => Issue[];
}

/** Every kind of document. Where only the shape tells, the first kind of that shape counts. */
export const DOCUMENT_KINDS: readonly DocumentKind[] = [
  {
    id: "manifest",
    name: "an image manifest",
    mediaTypes: [OCI_MANIFEST],
    field: "layers",
    parse: parseManifest,
    check: checkManifest,
  },
  {
    id: "index",
    name: "an image index",
    mediaTypes: [OCI_INDEX],
    field: "manifests",
    parse: parseIndex,
    check: checkIndex,
  },
  {
    id: "config",
    name: "an image configuration",
    mediaTypes: [OCI_CONFIG],
    field: "rootfs",
    parse: parseConfig,
    check: checkConfig,
  },
  {
    id: "layout",
    name: "the header of an image layout",
    mediaTypes: [OCI_LAYOUT_HEADER],
    field: "imageLayoutVersion",
    parse: parseLayoutHeader,
    check: checkLayoutHeader,
  },
  {
    id: "docker-manifest",
    name: "a Docker image manifest",
    mediaTypes: [DOCKER_MANIFEST],
    field: "layers",
    parse: parseDockerManifest,
    check: checkDockerManifest,
  },
  {
    id: "docker-manifest-list",
    name: "a Docker manifest list",
    mediaTypes: [DOCKER_MANIFEST_LIST],
    field: "manifests",
    parse: parseDockerManifestList,
    check: checkDockerManifestList,
  },
  {
    id: "docker-config",
    name: "a Docker image configuration",
    mediaTypes: [DOCKER_CONFIG],
    field: "rootfs",
    parse: parseDockerConfig,
    check: checkDockerConfig,
  },
  {
    id: "docker-schema1",
    name: "a Docker image manifest of schema 1",
    mediaTypes: [DOCKER_MANIFEST_1_SIGNED, DOCKER_MANIFEST_1],
    field: "fsLayers",
    parse: parseSchema1,
    check: checkSchema1,
  },
  {
    id: "docker-archive",
    name: "the manifest of a Docker archive",
    mediaTypes: [],
    parse: parseArchiveManifest,
    check: checkArchiveManifest,
  },
];

const LIMITS: JsonLimits = { maxLength: MAX_CONFIG_BYTES, maxDepth: 64 };

/**
 * Finds out what kind of document `bytes` are. Only their media type and shape are looked at; `parse` of the kind checks
 * the rest.
 * @param expected The media type that they are said to have, by a descriptor or a `Content-Type`. One that names no kind
 * of document, such as `application/octet-stream`, says nothing.
 * @returns nothing if they are of no known kind.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if what stands in them contradicts itself or `expected` (CVE-2021-41190), or if
 * a document is expected and they are no JSON.
 */
export function detectDocument(bytes: Uint8Array, expected?: string): DocumentKind | undefined {
  const asked = expected === undefined ? undefined : kindOfType(expected);
  const json = readJson(bytes, asked);
  if (json === undefined) return undefined;
  const stated = statedKind(json, asked);
  const shaped = shapedKind(json);
  const kind = asked ?? stated ?? shaped;
  if (kind === undefined || shaped === undefined || shaped.field === kind.field) return kind;
  throw contradiction(kind, `it has the fields of ${shaped.name}`);
}

/** The kind of documents of a media type; nothing if there is none. */
export function kindOfType(mediaType: string): DocumentKind | undefined {
  return DOCUMENT_KINDS.find(({ mediaTypes }) => mediaTypes.includes(mediaType));
}

function readJson(bytes: Uint8Array, asked: DocumentKind | undefined): Json | undefined {
  try {
    return parseJsonBytes(bytes, LIMITS);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (asked === undefined) return undefined;
    throw contradiction(asked, error.message, error);
  }
}

/** Fields of the documents that may name their own media type; in others `mediaType` is an unknown field like any. */
const STATED_FIELDS: ReadonlySet<string | undefined> = new Set(["layers", "manifests"]);

/** The kind that the document itself claims to be. */
function statedKind(json: Json, asked: DocumentKind | undefined): DocumentKind | undefined {
  const stated = json.fields.get("mediaType");
  if (stated?.kind !== "string") return undefined;
  const kind = kindOfType(stated.text);
  if (asked === undefined || asked === kind || !STATED_FIELDS.has(asked.field)) return kind;
  throw contradiction(asked, `its mediaType is ${quote(stated.text)}`);
}

/** The kind that the fields of the document look like. */
function shapedKind(json: Json): DocumentKind | undefined {
  if (json.items[0]?.fields.has("Config") === true) return DOCUMENT_KINDS.find(({ field }) => field === undefined);
  const fields = new Set(DOCUMENT_KINDS.flatMap(({ field = "" }) => (isPresent(json, field) ? [field] : [])));
  if (fields.has("manifests") && isPresent(json, "config")) fields.add("layers");
  const [kind, other] = [...fields].map((field) => DOCUMENT_KINDS.find((each) => each.field === field));
  if (kind !== undefined && other !== undefined) throw contradiction(kind, `it has the fields of ${other.name} too`);
  return kind;
}

function isPresent(json: Json, field: string): boolean {
  return json.fields.get(field)?.absent === false;
}

function contradiction(kind: DocumentKind, problem: string, cause?: JsonError): TeuError<SpecErrorCode> {
  return new TeuError("ERR_DOCUMENT_INVALID", `Reading ${kind.name}: ${problem}`, { cause, detail: { issues: [] } });
}
