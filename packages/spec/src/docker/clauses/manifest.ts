/**
 * What Docker's text demands of schema 2: manifests and manifest lists.
 * @module
 */

/** Rows of `DOCKER_CLAUSES`, by id. */
export const DOCKER_MANIFEST_CLAUSES = {
  "docker.manifest.object": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "A Docker manifest is a JSON object.",
  },
  "docker.manifest.schemaVersion": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "A Docker manifest's `schemaVersion` is 2.",
  },
  "docker.manifest.mediaType": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "A Docker manifest's `mediaType` is given, and that of one.",
  },
  "docker.manifest.config": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "A Docker manifest's `config` is a descriptor.",
  },
  "docker.manifest.config.mediaType": {
    level: "SHOULD",
    judge: "document",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "A Docker manifest's config is of the type of a Docker image.",
  },
  "docker.manifest.layers": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "A Docker manifest's `layers` is an array of descriptors.",
  },
  "docker.manifest.layers.mediaType": {
    level: "SHOULD",
    judge: "document",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "A Docker manifest's layers are of the types of gzip layers.",
  },
  "docker.manifest.layers.order": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "The first of a Docker manifest's layers is the base layer.",
  },
  "docker.manifest.layers.foreign": {
    level: "SHOULD",
    judge: "behaviour",
    section: "manifest-v2-2.md#image-manifest-field-descriptions",
    text: "Foreign layers are not pushed.",
  },
  "docker.manifestList.object": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#manifest-list-field-descriptions",
    text: "A manifest list is a JSON object.",
  },
  "docker.manifestList.schemaVersion": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#manifest-list-field-descriptions",
    text: "A manifest list's `schemaVersion` is 2.",
  },
  "docker.manifestList.mediaType": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#manifest-list-field-descriptions",
    text: "A manifest list's `mediaType` is given, and that of one.",
  },
  "docker.manifestList.manifests": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-2.md#manifest-list-field-descriptions",
    text: "A manifest list's `manifests` is an array of descriptors.",
  },
  "docker.manifestList.manifests.mediaType": {
    level: "SHOULD",
    judge: "document",
    section: "manifest-v2-2.md#manifest-list-field-descriptions",
    text: "The entries of a manifest list are Docker manifests.",
  },
  "docker.manifestList.manifests.platform": {
    level: "SHOULD",
    judge: "document",
    section: "manifest-v2-2.md#manifest-list-field-descriptions",
    text: "The entries of a manifest list have a platform.",
  },
} as const;
