/**
 * Image indexes: lists of manifests, one for each platform of an image as a rule, and the entry point of a layout.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Annotations, checkAnnotationsOf } from "../annotations.ts";
import { type Descriptor, checkDescriptor } from "../descriptor.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch, quote } from "../issue.ts";
import { OCI_INDEX, OCI_MANIFEST, isMediaType } from "../media-types.ts";
import { type Field, checkFields, exactly, stringThat } from "../shape.ts";
import { IMAGE_CLAUSES, type ImageClauseId } from "./clauses.ts";
import { checkConfusion } from "./confusion.ts";
import { checkNumbers } from "./json-numbers.ts";

/**
 * An image index. An optional field may be `null`, which means the same as absent.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions}
 */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType?: typeof OCI_INDEX | null;
  /** What the index is of, if it is not of images. */
  readonly artifactType?: string | null;
  /** May be empty. Of several entries that suit, the first counts. */
  readonly manifests: readonly Descriptor[];
  /** The manifest that this index says something about. */
  readonly subject?: Descriptor | null;
  readonly annotations?: Annotations;
}

/** Largest index that is read, in bytes. */
export const MAX_INDEX_BYTES: number = 4 * 1024 * 1024;

const READER: DocumentReader = {
  name: "an image index",
  limits: { maxLength: MAX_INDEX_BYTES, maxDepth: 64 },
  check: checkIndex,
};

/**
 * Reads an image index.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseIndex(bytes: Uint8Array): Document<Index> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that an image index breaks. Unknown fields break none. */
export function checkIndex(json: Json): Issue[] {
  const report = new Report(IMAGE_CLAUSES);
  if (json.kind !== "object") {
    report.add("image.index.object", json, mismatch("an object", json));
    return report.issues;
  }
  checkConfusion(json, ["config", "layers", "fsLayers"], report);
  checkFields(json, FIELDS, report);
  checkEntries(json.get("manifests"), report);
  checkSubject(json.get("subject"), report);
  checkAnnotationsOf(json.get("annotations"), "image.index.annotations", report);
  checkNumbers(json, report);
  const mediaType = json.get("mediaType");
  if (mediaType.absent) report.add("image.index.mediaType.present", mediaType, `expected ${OCI_INDEX}, got nothing`);
  return report.issues;
}

const FIELDS: readonly Field<ImageClauseId>[] = [
  { name: "schemaVersion", shape: exactly(2), clause: "image.index.schemaVersion", required: true },
  { name: "mediaType", shape: exactly(OCI_INDEX), clause: "image.index.mediaType" },
  { name: "artifactType", shape: stringThat(isMediaType, "a media type"), clause: "image.index.artifactType" },
];

function checkEntries(json: Json, report: Report<ImageClauseId>): void {
  if (json.kind !== "array") report.add("image.index.manifests", json, mismatch("an array of descriptors", json));
  for (const entry of json.items) {
    if (entry.kind !== "object") report.add("image.index.manifests", entry, mismatch("a descriptor", entry));
    else checkEntry(entry, report);
  }
}

function checkEntry(entry: Json, report: Report<ImageClauseId>): void {
  checkDescriptor(entry, report);
  const { kind, text } = entry.get("mediaType");
  if (kind !== "string" || text === OCI_MANIFEST || text === OCI_INDEX) return;
  const message = `expected an image manifest or index of OCI, got ${quote(text)}`;
  report.add("image.index.manifests.portable", entry.get("mediaType"), message);
}

function checkSubject(json: Json, report: Report<ImageClauseId>): void {
  if (json.absent) return;
  if (json.kind !== "object") report.add("image.index.subject", json, mismatch("a descriptor", json));
  else checkDescriptor(json, report, { platformDue: false });
}
