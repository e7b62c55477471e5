/**
 * What Docker's text demands of schema 1.
 * @module
 */

/** Rows of `DOCKER_CLAUSES`, by id. */
export const SCHEMA1_CLAUSES = {
  "docker.schema1.object": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "A manifest of schema 1 is a JSON object.",
  },
  "docker.schema1.schemaVersion": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "A manifest of schema 1 has the `schemaVersion` 1.",
  },
  "docker.schema1.name": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "A manifest of schema 1 has a `name`, a string.",
  },
  "docker.schema1.tag": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "A manifest of schema 1 has a `tag`, a string.",
  },
  "docker.schema1.architecture": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "A manifest of schema 1 has an `architecture`, a string.",
  },
  "docker.schema1.fsLayers": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "`fsLayers` is an array of objects.",
  },
  "docker.schema1.fsLayers.blobSum": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "The `blobSum` of a layer is a sha256 digest.",
  },
  "docker.schema1.history": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "`history` is an array of objects.",
  },
  "docker.schema1.history.length": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "`history` and `fsLayers` are of the same length.",
  },
  "docker.schema1.history.v1Compatibility": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#manifest-field-descriptions",
    text: "`v1Compatibility` is the JSON of an image of version 1, as a string.",
  },
  "docker.schema1.signatures": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#signed-manifest-field-description",
    text: "`signatures` is an array of objects.",
  },
  "docker.schema1.signatures.protected": {
    level: "MUST",
    judge: "document",
    section: "manifest-v2-1.md#signed-manifest-field-description",
    text: "The protected header of each signature says, alike, what the signed bytes are.",
  },
} as const;
