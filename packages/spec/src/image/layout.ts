/**
 * Image layouts: a directory of blobs by digest, with an index as its entry point. This file knows names and documents;
 * reading and writing them is for others.
 * @module
 */
import type { Json } from "@teu/std/json";
import { ANNOTATION } from "../annotations.ts";
import type { Descriptor } from "../descriptor.ts";
import { type Digest, isDigest, splitDigest } from "../digest.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch, quote } from "../issue.ts";
import { type Field, checkFields, string } from "../shape.ts";
import { IMAGE_CLAUSES, type ImageClauseId } from "./clauses.ts";
import { type Index, MAX_INDEX_BYTES, checkIndex } from "./index-document.ts";

/**
 * The content of the file `oci-layout`.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-layout-file}
 */
export interface LayoutHeader {
  readonly imageLayoutVersion: typeof LAYOUT_VERSION;
}

/** The only version of the layout. */
export const LAYOUT_VERSION = "1.0.0";

/** Name of the file that marks a layout. */
export const LAYOUT_FILE = "oci-layout";

/** Name of the file that is the entry point of a layout. */
export const LAYOUT_INDEX_FILE = "index.json";

/** Name of the directory of blobs. */
export const BLOBS_DIRECTORY = "blobs";

/** Largest file `oci-layout` that is read, in bytes. */
export const MAX_LAYOUT_HEADER_BYTES: number = 64 * 1024;

const HEADER_READER: DocumentReader = {
  name: "the header of an image layout",
  limits: { maxLength: MAX_LAYOUT_HEADER_BYTES, maxDepth: 64 },
  check: checkLayoutHeader,
};

const INDEX_READER: DocumentReader = {
  name: "the index of an image layout",
  limits: { maxLength: MAX_INDEX_BYTES, maxDepth: 64 },
  check: checkLayoutIndex,
};

/**
 * Reads a file `oci-layout`.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseLayoutHeader(bytes: Uint8Array): Document<LayoutHeader> {
  return parseDocument(bytes, HEADER_READER);
}

/** Lists the clauses that a file `oci-layout` breaks. Unknown fields break none. */
export function checkLayoutHeader(json: Json): Issue[] {
  const report = new Report(IMAGE_CLAUSES);
  if (json.kind !== "object") {
    report.add("image.layout.file.object", json, mismatch("an object", json));
    return report.issues;
  }
  checkFields(json, HEADER_FIELDS, report);
  const version = json.get("imageLayoutVersion");
  if (version.kind === "string" && version.text !== LAYOUT_VERSION) {
    report.add("image.layout.file.version", version, `expected ${LAYOUT_VERSION}, got ${quote(version.text)}`);
  }
  return report.issues;
}

const HEADER_FIELDS: readonly Field<ImageClauseId>[] = [
  { name: "imageLayoutVersion", shape: string, clause: "image.layout.file.imageLayoutVersion", required: true },
];

/**
 * Reads a file `index.json`.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseLayoutIndex(bytes: Uint8Array): Document<Index> {
  return parseDocument(bytes, INDEX_READER);
}

/** Lists the clauses that a file `index.json` breaks. */
export function checkLayoutIndex(json: Json): Issue[] {
  if (json.kind === "object") return checkIndex(json);
  const report = new Report(IMAGE_CLAUSES);
  report.add("image.layout.index.object", json, mismatch("an image index", json));
  return report.issues;
}

/** The entries of `index.json` that have the name `refName`. A careless writer can leave several. */
export function entriesNamed(index: Index, refName: string): Descriptor[] {
  return index.manifests.filter(({ annotations }) => annotations?.[ANNOTATION.refName] === refName);
}

/** Where the blob of `digest` stands in a layout, as `blobs/sha256/44136fa3…`. */
export function blobPath(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return `${BLOBS_DIRECTORY}/${algorithm}/${encoded}`;
}

/** The digest of the blob that stands at `path` in a layout; nothing if no blob can stand there. */
export function digestOfBlobPath(path: string): Digest | undefined {
  const [directory, algorithm, encoded, ...more] = path.split("/");
  if (directory !== BLOBS_DIRECTORY || encoded === undefined || more.length > 0) return undefined;
  const digest = `${algorithm}:${encoded}`;
  return isDigest(digest) ? digest : undefined;
}

/**
 * Lists the clauses that the names in a layout break.
 * @param paths Every file and directory of the layout, relative to it, with slashes; a slash at the end is ignored.
 */
export function checkLayoutPaths(paths: Iterable<string>): Issue[] {
  const report = new Report(IMAGE_CLAUSES);
  const present = new Set<string>();
  for (const path of paths) {
    const name = path.endsWith("/") ? path.slice(0, -1) : path;
    present.add(name.split("/", 1)[0] ?? "");
    if (name.startsWith(`${BLOBS_DIRECTORY}/`)) checkBlobPath(name, report);
  }
  if (!present.has(BLOBS_DIRECTORY)) report.add("image.layout.blobs", BLOBS_DIRECTORY, "is required");
  if (!present.has(LAYOUT_FILE)) report.add("image.layout.file", LAYOUT_FILE, "is required");
  if (!present.has(LAYOUT_INDEX_FILE)) report.add("image.layout.index", LAYOUT_INDEX_FILE, "is required");
  return report.issues;
}

function checkBlobPath(path: string, report: Report<ImageClauseId>): void {
  if (ALGORITHM_PATH.test(path) || digestOfBlobPath(path) !== undefined) return;
  report.add("image.layout.blobs.path", path, "expected blobs/<algorithm>/<encoded> of a digest");
}

const ALGORITHM_PATH = /^blobs\/[a-z0-9]+(?:[+._-][a-z0-9]+)*$/;
