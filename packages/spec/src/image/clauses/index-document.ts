/**
 * What image-index.md demands of the index itself. The clauses of its `platform` objects stand with platforms.
 * @module
 */

/** Rows of `IMAGE_CLAUSES`, by id. */
export const INDEX_CLAUSES = {
  "image.index.provider": {
    level: "MAY",
    judge: "behaviour",
    section: "image-index.md#oci-image-index-specification",
    text: "An image is provided with an index.",
  },
  "image.index.consumer": {
    level: "SHOULD",
    judge: "behaviour",
    section: "image-index.md#oci-image-index-specification",
    text: "A consumer of images is ready to meet an index.",
  },
  "image.index.object": {
    level: "MUST",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index is a JSON object.",
  },
  "image.index.schemaVersion": {
    level: "MUST",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `schemaVersion` is 2.",
  },
  "image.index.schemaVersion.removal": {
    level: "MAY",
    judge: "behaviour",
    section: "image-index.md#image-index-property-descriptions",
    text: "A future version drops the `schemaVersion` of indexes.",
  },
  "image.index.mediaType.present": {
    level: "SHOULD",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `mediaType` is given.",
  },
  "image.index.mediaType": {
    level: "MUST",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `mediaType`, where given, is that of an image index.",
  },
  "image.index.artifactType": {
    level: "MUST",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `artifactType` is a media type as RFC 6838 names them.",
  },
  "image.index.artifactType.registered": {
    level: "MAY",
    judge: "behaviour",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `artifactType` is registered with IANA.",
  },
  "image.index.manifests": {
    level: "MUST",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `manifests` is an array of descriptors.",
  },
  "image.index.manifests.empty": {
    level: "MAY",
    judge: "behaviour",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `manifests` is empty.",
  },
  "image.index.manifests.supported": {
    level: "MUST",
    judge: "behaviour",
    section: "image-index.md#image-index-property-descriptions",
    text: "Image manifests are supported as entries.",
  },
  "image.index.manifests.nested": {
    level: "SHOULD",
    judge: "behaviour",
    section: "image-index.md#image-index-property-descriptions",
    text: "Image indexes are supported as entries.",
  },
  "image.index.manifests.portable": {
    level: "SHOULD",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "Entries are image manifests or image indexes, to be portable.",
  },
  "image.index.manifests.futureTypes": {
    level: "MAY",
    judge: "behaviour",
    section: "image-index.md#image-index-property-descriptions",
    text: "Future versions use other media types of entries.",
  },
  "image.index.manifests.unknownTypes": {
    level: "MUST",
    judge: "behaviour",
    section: "image-index.md#image-index-property-descriptions",
    text: "An unknown media type of an entry is no error.",
  },
  "image.index.subject": {
    level: "MUST",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `subject` is a descriptor.",
  },
  "image.index.annotations": {
    level: "MUST",
    judge: "document",
    section: "image-index.md#image-index-property-descriptions",
    text: "An index's `annotations` keeps the rules of annotations.",
  },
} as const;
