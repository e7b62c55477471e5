/**
 * Image manifests: one configuration and the layers of one image, or the parts of an artifact.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Annotations, checkAnnotationsOf } from "../annotations.ts";
import { type Descriptor, checkDescriptor } from "../descriptor.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch, quote } from "../issue.ts";
import {
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
  OCI_NONDISTRIBUTABLE_LAYER,
  OCI_NONDISTRIBUTABLE_LAYER_GZIP,
  isConfig,
  isMediaType,
} from "../media-types.ts";
import { type Field, checkFields, exactly, stringThat } from "../shape.ts";
import { IMAGE_CLAUSES, type ImageClauseId } from "./clauses.ts";
import { checkConfusion } from "./confusion.ts";
import { checkEmptyDescriptor } from "./empty-descriptor.ts";
import { checkNumbers } from "./json-numbers.ts";

/**
 * An image manifest. An optional field may be `null`, which means the same as absent.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#image-manifest-property-descriptions}
 */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: typeof OCI_MANIFEST | null;
  /** What the manifest is of, if it is not an image. */
  readonly artifactType?: string | null;
  readonly config: Descriptor;
  /** Base layer first. */
  readonly layers: readonly Descriptor[];
  /** The manifest that this one says something about. */
  readonly subject?: Descriptor | null;
  readonly annotations?: Annotations;
}

/** Largest manifest that is read, in bytes. */
export const MAX_MANIFEST_BYTES: number = 4 * 1024 * 1024;

const READER: DocumentReader = {
  name: "an image manifest",
  limits: { maxLength: MAX_MANIFEST_BYTES, maxDepth: 64 },
  check: checkManifest,
};

/**
 * Reads an image manifest.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseManifest(bytes: Uint8Array): Document<Manifest> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that an image manifest breaks. Unknown fields break none. */
export function checkManifest(json: Json): Issue[] {
  const report = new Report(IMAGE_CLAUSES);
  if (json.kind !== "object") {
    report.add("image.manifest.object", json, mismatch("an object", json));
    return report.issues;
  }
  checkConfusion(json, ["manifests", "fsLayers"], report);
  checkFields(json, FIELDS, report);
  checkDescriptors(json, report);
  checkAnnotationsOf(json.get("annotations"), "image.manifest.annotations", report);
  checkPresence(json, report);
  checkUse(json, report);
  checkNumbers(json, report);
  return report.issues;
}

const FIELDS: readonly Field<ImageClauseId>[] = [
  { name: "schemaVersion", shape: exactly(2), clause: "image.manifest.schemaVersion", required: true },
  {
    name: "mediaType",
    shape: exactly(OCI_MANIFEST),
    clause: "image.manifest.mediaType",
  },
  { name: "artifactType", shape: stringThat(isMediaType, "a media type"), clause: "image.manifest.artifactType" },
];

const PORTABLE_LAYERS: ReadonlySet<string> = new Set([
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_NONDISTRIBUTABLE_LAYER,
  OCI_NONDISTRIBUTABLE_LAYER_GZIP,
]);

function checkDescriptors(json: Json, report: Report<ImageClauseId>): void {
  checkPart(json.get("config"), "image.manifest.config", report);
  const layers = json.get("layers");
  if (layers.kind !== "array") report.add("image.manifest.layers", layers, mismatch("an array of descriptors", layers));
  for (const layer of layers.items) checkPart(layer, "image.manifest.layers", report);
  const subject = json.get("subject");
  if (!subject.absent) checkPart(subject, "image.manifest.subject", report);
}

function checkPart(json: Json, clause: ImageClauseId, report: Report<ImageClauseId>): void {
  if (json.kind !== "object") return report.add(clause, json, mismatch("a descriptor", json));
  checkDescriptor(json, report, { platformDue: false });
  checkEmptyDescriptor(json, report);
}

function checkPresence(json: Json, report: Report<ImageClauseId>): void {
  const mediaType = json.get("mediaType");
  if (mediaType.absent)
    report.add("image.manifest.mediaType.present", mediaType, `expected ${OCI_MANIFEST}, got nothing`);
  const layers = json.get("layers");
  if (layers.kind !== "array" || layers.items.length > 0) return;
  report.add("image.manifest.layers.present", layers, "expected one layer at least, got none");
}

/** Checks what depends on whether the manifest is of an image or of an artifact; the type of the config tells. */
function checkUse(json: Json, report: Report<ImageClauseId>): void {
  const configType = json.get("config").fields.get("mediaType");
  if (configType === undefined) return;
  if (isConfig(configType.text)) checkImage(json, configType, report);
  else checkArtifact(json, configType, report);
}

function checkImage(json: Json, configType: Json, report: Report<ImageClauseId>): void {
  if (!json.get("artifactType").absent) {
    const message = "expected a type that is not of images, because the manifest has an artifactType";
    report.add("image.artifact.config.notImage", configType, `${message}, got ${configType.text}`);
  }
  if (configType.text !== OCI_CONFIG) {
    return report.add("image.manifest.config.portable", configType, `expected ${OCI_CONFIG}, got ${configType.text}`);
  }
  for (const layer of json.get("layers").items) {
    const layerType = layer.fields.get("mediaType");
    if (layerType?.kind !== "string" || PORTABLE_LAYERS.has(layerType.text)) continue;
    const message = `expected a plain or gzip layer of OCI, got ${quote(layerType.text)}`;
    report.add("image.manifest.layers.portable", layerType, message);
  }
}

function checkArtifact(json: Json, configType: Json, report: Report<ImageClauseId>): void {
  const artifactType = json.get("artifactType");
  if (configType.text === OCI_EMPTY && artifactType.absent) {
    const message = "is required where config is of the empty type, expected a media type";
    report.add("image.manifest.artifactType.required", artifactType, message);
  }
  const layers = json.get("layers").items;
  const size = layers[0]?.fields.get("size");
  if (size?.text !== "0" || layers.length > 1) return;
  report.add("image.artifact.layer", size, "expected the only layer to be larger than 0, got 0");
}
