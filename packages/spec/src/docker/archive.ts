/**
 * The two documents in the archives that `docker save` writes: `manifest.json`, and `repositories` for readers of old.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Descriptor, checkDescriptor } from "../descriptor.ts";
import { isDigest } from "../digest.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, mismatch } from "../issue.ts";
import { isReference, parseReference } from "../reference.ts";
import { type Field, checkFields, listOf, mapOf, object, string, stringThat } from "../shape.ts";
import { type DockerClauseId, type DockerReport, dockerReport } from "./clauses.ts";

/**
 * The content of `manifest.json`: an entry for each image.
 * @see {@link https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format}
 */
export type ArchiveManifest = readonly ArchiveImage[];

/** An image in an archive. An optional field may be `null`, which means the same as absent. */
export interface ArchiveImage {
  /** Path of the configuration in the archive. */
  readonly Config: string;
  /** References with tags. */
  readonly RepoTags?: readonly string[] | null;
  /** Paths of the layers in the archive, base layer first. */
  readonly Layers?: readonly string[] | null;
  /** ID of the image that this one was built from, if that is in the archive too. */
  readonly Parent?: string | null;
  /** Descriptors of layers that come from elsewhere, by DiffID. */
  readonly LayerSources?: { readonly [diffId: string]: Descriptor } | null;
}

/** The content of `repositories`: names of top layers by repository and tag. */
export type ArchiveRepositories = { readonly [repository: string]: { readonly [tag: string]: string } };

/** Largest `manifest.json` or `repositories` that is read, in bytes. */
export const MAX_ARCHIVE_DOCUMENT_BYTES: number = 8 * 1024 * 1024;

const LIMITS = { maxLength: MAX_ARCHIVE_DOCUMENT_BYTES, maxDepth: 64 };

const MANIFEST_READER: DocumentReader = {
  name: "the manifest of a Docker archive",
  limits: LIMITS,
  check: checkArchiveManifest,
};

const REPOSITORIES_READER: DocumentReader = {
  name: "the repositories of a Docker archive",
  limits: LIMITS,
  check: checkArchiveRepositories,
};

/**
 * Reads `manifest.json` of an archive.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseArchiveManifest(bytes: Uint8Array): Document<ArchiveManifest> {
  return parseDocument(bytes, MANIFEST_READER);
}

/**
 * Reads `repositories` of an archive.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseArchiveRepositories(bytes: Uint8Array): Document<ArchiveRepositories> {
  return parseDocument(bytes, REPOSITORIES_READER);
}

/** Lists the clauses that `manifest.json` of an archive breaks. Unknown fields break none. */
export function checkArchiveManifest(json: Json): Issue[] {
  const report = dockerReport();
  if (json.kind !== "array") report.add("docker.archive.list", json, mismatch("an array", json));
  for (const image of json.items) {
    if (image.kind !== "object") report.add("docker.archive.list", image, mismatch("an object", image));
    else checkImage(image, report);
  }
  return report.issues;
}

/** Lists the clauses that `repositories` of an archive breaks. */
export function checkArchiveRepositories(json: Json): Issue[] {
  const report = dockerReport();
  mapOf(mapOf(string))(json, (place, message) => report.add("docker.archive.repositories", place, message));
  return report.issues;
}

const path = stringThat(isInnerPath, "a path inside the archive");

/** Relative, and no way out of the archive by either slash. */
function isInnerPath(text: string): boolean {
  const parts = text.split(/[/\\]/);
  return parts[0] !== "" && !parts.includes("..") && !text.includes("\0");
}

const tagged = stringThat(
  (text) => isReference(text) && parseReference(text).tag !== undefined,
  "a reference with a tag",
);

const FIELDS: readonly Field<DockerClauseId>[] = [
  { name: "Config", shape: path, clause: "docker.archive.Config", required: true },
  { name: "RepoTags", shape: listOf(tagged), clause: "docker.archive.RepoTags" },
  { name: "Layers", shape: listOf(path), clause: "docker.archive.Layers" },
  { name: "Parent", shape: stringThat(isDigest, "the ID of an image"), clause: "docker.archive.Parent" },
  { name: "LayerSources", shape: mapOf(object), clause: "docker.archive.LayerSources" },
];

function checkImage(json: Json, report: DockerReport): void {
  checkFields(json, FIELDS, report);
  for (const source of json.get("LayerSources").fields.values()) {
    if (source.kind === "object") checkDescriptor(source, report, { platformDue: false });
  }
}
