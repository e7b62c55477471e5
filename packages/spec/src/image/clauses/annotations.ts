/**
 * The clauses of the image specification on annotations.
 *
 * The text gives the formats of values without a key word; they stand as SHOULD here. Who defines keys below the reserved
 * prefix is behaviour, not the document's: a reader must take keys that it does not know.
 * @module
 */

/** Rows of the clauses on annotations. */
export const ANNOTATION_CLAUSES = {
  "image.annotations.map": {
    level: "MUST",
    judge: "document",
    text: "Annotations are a map, of a descriptor as of a manifest or index.",
    section: "annotations.md#rules",
  },
  "image.annotations.value": {
    level: "MUST",
    judge: "document",
    text: "Every annotation has a value, a string.",
    section: "annotations.md#rules",
  },
  "image.annotations.emptyValue": {
    level: "MAY",
    judge: "behaviour",
    text: "The value of an annotation may be an empty string.",
    section: "annotations.md#rules",
  },
  "image.annotations.unique": {
    level: "MUST",
    judge: "behaviour",
    text: "Keys of annotations are unique: a reader refuses a document that gives one twice.",
    section: "annotations.md#rules",
  },
  "image.annotations.namespaced": {
    level: "SHOULD",
    judge: "document",
    text: "Keys of annotations are in reverse domain notation.",
    section: "annotations.md#rules",
  },
  "image.annotations.reserved": {
    level: "MUST",
    judge: "behaviour",
    text: "Only keys that OCI defines begin with org.opencontainers.",
    section: "annotations.md#rules",
  },
  "image.annotations.imageReserved": {
    level: "MUST",
    judge: "behaviour",
    text: "Only keys that the image specification defines begin with org.opencontainers.image.",
    section: "annotations.md#rules",
  },
  "image.annotations.none": {
    level: "MUST",
    judge: "document",
    text: "Where there are no annotations, the property is absent or an empty map, not null.",
    section: "annotations.md#rules",
  },
  "image.annotations.unknown": {
    level: "MUST",
    judge: "behaviour",
    text: "A consumer meets an unknown key without an error.",
    section: "annotations.md#rules",
  },
  "image.annotations.created": {
    level: "SHOULD",
    judge: "document",
    text: "The value of org.opencontainers.image.created is a date and time as RFC 3339 writes them.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.url": {
    level: "SHOULD",
    judge: "document",
    text: "The values of org.opencontainers.image.url, documentation and source are URLs.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.version.tag": {
    level: "MAY",
    judge: "behaviour",
    text: "The version may match a label or tag in the source code repository.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.version.semantic": {
    level: "MAY",
    judge: "behaviour",
    text: "The version may be a semantic version.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.licenses": {
    level: "SHOULD",
    judge: "document",
    text: "The value of org.opencontainers.image.licenses is an SPDX licence expression.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.refName.place": {
    level: "SHOULD",
    judge: "behaviour",
    text: "org.opencontainers.image.ref.name counts only on descriptors of the index.json of an image layout.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.refName.characters": {
    level: "SHOULD",
    judge: "document",
    text: "The value of org.opencontainers.image.ref.name is made of A-Z, a-z, 0-9 and -._:@/+.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.refName.grammar": {
    level: "SHOULD",
    judge: "document",
    text: "The value of org.opencontainers.image.ref.name is a reference of components with slashes between.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.base.digest": {
    level: "SHOULD",
    judge: "document",
    text: "The value of org.opencontainers.image.base.digest is a digest.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.base.name": {
    level: "SHOULD",
    judge: "document",
    text: "The value of org.opencontainers.image.base.name is an image reference.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.base.qualified": {
    level: "SHOULD",
    judge: "document",
    text: "The value of org.opencontainers.image.base.name names its registry.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.base.immediate": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The base annotations name the immediate image whose layers come first in the image.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.base.other": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The base annotations name no other image that took part in the build.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.base.pair": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Where the base is named, its digest is that of the manifest under that name.",
    section: "annotations.md#pre-defined-annotation-keys",
  },
  "image.annotations.labelSchema": {
    level: "MAY",
    judge: "behaviour",
    text: "Compatible annotations of org.label-schema may be supported.",
    section: "annotations.md#back-compatibility-with-label-schema",
  },
} as const;
