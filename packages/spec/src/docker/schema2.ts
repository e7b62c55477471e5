/**
 * Docker's image manifests, schema 2, which OCI's were made after.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Descriptor, checkDescriptor } from "../descriptor.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { checkConfusion } from "../image/confusion.ts";
import { MAX_MANIFEST_BYTES } from "../image/manifest.ts";
import { type Issue, mismatch, quote } from "../issue.ts";
import { DOCKER_CONFIG, DOCKER_FOREIGN_LAYER_GZIP, DOCKER_LAYER_GZIP, DOCKER_MANIFEST } from "../media-types.ts";
import { type Field, checkFields, exactly } from "../shape.ts";
import { type DockerClauseId, type DockerReport, dockerReport } from "./clauses.ts";

/**
 * An image manifest of Docker's, schema 2.
 * @see {@link https://github.com/distribution/distribution/blob/v2.8.3/docs/spec/manifest-v2-2.md#image-manifest-field-descriptions}
 */
export interface DockerManifest {
  readonly schemaVersion: 2;
  readonly mediaType: typeof DOCKER_MANIFEST;
  readonly config: Descriptor;
  /** Base layer first. */
  readonly layers: readonly Descriptor[];
}

const READER: DocumentReader = {
  name: "a Docker image manifest",
  limits: { maxLength: MAX_MANIFEST_BYTES, maxDepth: 64 },
  check: checkDockerManifest,
};

/**
 * Reads an image manifest of Docker's, schema 2.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseDockerManifest(bytes: Uint8Array): Document<DockerManifest> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that an image manifest of Docker's breaks. Unknown fields break none. */
export function checkDockerManifest(json: Json): Issue[] {
  const report = dockerReport();
  if (json.kind !== "object") {
    report.add("docker.manifest.object", json, mismatch("an object", json));
    return report.issues;
  }
  checkConfusion(json, ["manifests", "fsLayers"], report);
  checkFields(json, FIELDS, report);
  checkConfig(json.get("config"), report);
  const layers = json.get("layers");
  if (layers.kind !== "array")
    report.add("docker.manifest.layers", layers, mismatch("an array of descriptors", layers));
  for (const layer of layers.items) checkLayer(layer, report);
  return report.issues;
}

const FIELDS: readonly Field<DockerClauseId>[] = [
  { name: "schemaVersion", shape: exactly(2), clause: "docker.manifest.schemaVersion", required: true },
  {
    name: "mediaType",
    shape: exactly(DOCKER_MANIFEST),
    clause: "docker.manifest.mediaType",
    required: true,
  },
];

function checkConfig(json: Json, report: DockerReport): void {
  if (json.kind !== "object") return report.add("docker.manifest.config", json, mismatch("a descriptor", json));
  checkDescriptor(json, report, { platformDue: false });
  const { kind, text, path } = json.get("mediaType");
  if (kind !== "string" || text === DOCKER_CONFIG) return;
  report.add("docker.manifest.config.mediaType", path, `expected ${DOCKER_CONFIG}, got ${quote(text)}`);
}

function checkLayer(json: Json, report: DockerReport): void {
  if (json.kind !== "object") return report.add("docker.manifest.layers", json, mismatch("a descriptor", json));
  checkDescriptor(json, report, { platformDue: false });
  const { kind, text, path } = json.get("mediaType");
  if (kind !== "string" || text === DOCKER_LAYER_GZIP || text === DOCKER_FOREIGN_LAYER_GZIP) return;
  report.add("docker.manifest.layers.mediaType", path, `expected ${DOCKER_LAYER_GZIP}, got ${quote(text)}`);
}
