/**
 * Docker's image manifests, schema 1: obsolete, and still met in old registries. Read only.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { isDigest } from "../digest.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import type { SpecErrorCode } from "../errors.ts";
import { checkConfusion } from "../image/confusion.ts";
import { MAX_MANIFEST_BYTES } from "../image/manifest.ts";
import { type Issue, formatIssue, mismatch } from "../issue.ts";
import { type Field, checkFields, exactly, listOf, object, string, stringThat } from "../shape.ts";
import { type DockerClauseId, type DockerReport, dockerReport } from "./clauses.ts";
import { checkSignatures, signedBytes } from "./schema1-signatures.ts";
import { type V1Image, readV1Image } from "./v1-image.ts";

/**
 * An image manifest of Docker's, schema 1, without its signatures.
 * @see {@link https://github.com/distribution/distribution/blob/v2.8.3/docs/spec/manifest-v2-1.md#manifest-field-descriptions}
 */
export interface Schema1Manifest {
  readonly schemaVersion: 1;
  /** Repository of the image. */
  readonly name: string;
  readonly tag: string;
  readonly architecture: string;
  /** Top layer first. */
  readonly fsLayers: readonly { readonly blobSum: string }[];
  /** One entry for each layer, in the same order. */
  readonly history: readonly { readonly v1Compatibility: string }[];
}

const READER: DocumentReader = {
  name: "a Docker image manifest of schema 1",
  limits: { maxLength: MAX_MANIFEST_BYTES, maxDepth: 64 },
  check: checkSchema1,
};

/**
 * Reads an image manifest of Docker's, schema 1, signed or not. Signatures are taken off and not verified.
 * @returns the manifest with the bytes that were signed, of which its digest is made.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseSchema1(bytes: Uint8Array): Document<Schema1Manifest> {
  return parseDocument(withoutSignatures(bytes), READER);
}

/** Bytes that are no JSON, or not signed, are for the reader of documents to judge. */
function withoutSignatures(bytes: Uint8Array): Uint8Array {
  const json = readObject(bytes);
  if (json === undefined) return bytes;
  const report = dockerReport();
  checkSignatures(json, report);
  const signed = report.issues.length > 0 ? undefined : signedBytes(bytes, json);
  if (signed !== undefined) return signed;
  const [issue] = report.issues;
  const problem = issue === undefined ? "the signatures speak of more bytes than there are" : formatIssue(issue);
  throw new TeuError<SpecErrorCode>("ERR_DOCUMENT_INVALID", `Reading ${READER.name}: ${problem}`, {
    detail: { issues: report.issues },
  });
}

function readObject(bytes: Uint8Array): Json | undefined {
  try {
    const json = parseJsonBytes(bytes, READER.limits);
    return json.kind === "object" ? json : undefined;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** Lists the clauses that an image manifest of schema 1, signed or not, breaks. Unknown fields break none. */
export function checkSchema1(json: Json): Issue[] {
  const report = dockerReport();
  if (json.kind !== "object") {
    report.add("docker.schema1.object", json, mismatch("an object", json));
    return report.issues;
  }
  checkConfusion(json, ["config", "layers", "manifests"], report);
  checkFields(json, FIELDS, report);
  checkLayers(json, report);
  checkSignatures(json, report);
  return report.issues;
}

const FIELDS: readonly Field<DockerClauseId>[] = [
  { name: "schemaVersion", shape: exactly(1), clause: "docker.schema1.schemaVersion", required: true },
  { name: "name", shape: string, clause: "docker.schema1.name", required: true },
  { name: "tag", shape: string, clause: "docker.schema1.tag", required: true },
  { name: "architecture", shape: string, clause: "docker.schema1.architecture", required: true },
  { name: "fsLayers", shape: listOf(object), clause: "docker.schema1.fsLayers", required: true },
  { name: "history", shape: listOf(object), clause: "docker.schema1.history", required: true },
];

const LAYER_FIELDS: readonly Field<DockerClauseId>[] = [
  {
    name: "blobSum",
    shape: stringThat((text) => text.startsWith("sha256:") && isDigest(text), "a sha256 digest"),
    clause: "docker.schema1.fsLayers.blobSum",
    required: true,
  },
];

const HISTORY_FIELDS: readonly Field<DockerClauseId>[] = [
  {
    name: "v1Compatibility",
    shape: stringThat((text) => readV1Image(text) !== undefined, "a JSON object in a string"),
    clause: "docker.schema1.history.v1Compatibility",
    required: true,
  },
];

function checkLayers(json: Json, report: DockerReport): void {
  const layers = json.get("fsLayers").items;
  const history = json.get("history");
  for (const layer of layers) if (layer.kind === "object") checkFields(layer, LAYER_FIELDS, report);
  for (const entry of history.items) if (entry.kind === "object") checkFields(entry, HISTORY_FIELDS, report);
  if (history.items.length === layers.length) return;
  const message = `expected one entry for each of ${layers.length} layers, got ${history.items.length}`;
  report.add("docker.schema1.history.length", history, message);
}

/** A layer of a manifest of schema 1, with its configuration. */
export interface Schema1Layer {
  readonly blobSum: string;
  readonly image: V1Image;
}

/** The layers of a manifest of schema 1, base layer first, as newer manifests have them. */
export function schema1Layers({ fsLayers, history }: Schema1Manifest): Schema1Layer[] {
  return fsLayers
    .map(({ blobSum }, index) => ({ blobSum, image: readV1Image(history[index]?.v1Compatibility ?? "") ?? {} }))
    .toReversed();
}
