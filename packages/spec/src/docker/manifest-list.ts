/**
 * Docker's manifest lists, which OCI's indexes were made after.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Descriptor, checkDescriptor } from "../descriptor.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { checkConfusion } from "../image/confusion.ts";
import { MAX_INDEX_BYTES } from "../image/index-document.ts";
import { type Issue, mismatch, quote } from "../issue.ts";
import { DOCKER_MANIFEST, DOCKER_MANIFEST_1, DOCKER_MANIFEST_LIST } from "../media-types.ts";
import { type Field, checkFields, exactly } from "../shape.ts";
import { type DockerClauseId, type DockerReport, dockerReport } from "./clauses.ts";

/**
 * A manifest list of Docker's.
 * @see {@link https://github.com/distribution/distribution/blob/v2.8.3/docs/spec/manifest-v2-2.md#manifest-list-field-descriptions}
 */
export interface DockerManifestList {
  readonly schemaVersion: 2;
  readonly mediaType: typeof DOCKER_MANIFEST_LIST;
  readonly manifests: readonly Descriptor[];
}

const READER: DocumentReader = {
  name: "a Docker manifest list",
  limits: { maxLength: MAX_INDEX_BYTES, maxDepth: 64 },
  check: checkDockerManifestList,
};

/**
 * Reads a manifest list of Docker's.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseDockerManifestList(bytes: Uint8Array): Document<DockerManifestList> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that a manifest list of Docker's breaks. Unknown fields break none. */
export function checkDockerManifestList(json: Json): Issue[] {
  const report = dockerReport();
  if (json.kind !== "object") {
    report.add("docker.manifestList.object", json, mismatch("an object", json));
    return report.issues;
  }
  checkConfusion(json, ["config", "layers", "fsLayers"], report);
  checkFields(json, FIELDS, report);
  const entries = json.get("manifests");
  if (entries.kind !== "array") {
    report.add("docker.manifestList.manifests", entries, mismatch("an array of descriptors", entries));
  }
  for (const entry of entries.items) checkEntry(entry, report);
  return report.issues;
}

const FIELDS: readonly Field<DockerClauseId>[] = [
  { name: "schemaVersion", shape: exactly(2), clause: "docker.manifestList.schemaVersion", required: true },
  {
    name: "mediaType",
    shape: exactly(DOCKER_MANIFEST_LIST),
    clause: "docker.manifestList.mediaType",
    required: true,
  },
];

function checkEntry(json: Json, report: DockerReport): void {
  if (json.kind !== "object") return report.add("docker.manifestList.manifests", json, mismatch("a descriptor", json));
  checkDescriptor(json, report, { platformDue: false });
  const platform = json.get("platform");
  if (platform.absent) {
    report.add("docker.manifestList.manifests.platform", platform, mismatch("a platform", platform));
  }
  const { kind, text, path } = json.get("mediaType");
  if (kind !== "string" || text === DOCKER_MANIFEST || text === DOCKER_MANIFEST_1) return;
  report.add("docker.manifestList.manifests.mediaType", path, `expected ${DOCKER_MANIFEST}, got ${quote(text)}`);
}
