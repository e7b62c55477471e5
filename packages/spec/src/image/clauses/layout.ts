/**
 * What image-layout.md demands.
 * @module
 */

/** Rows of `IMAGE_CLAUSES`, by id. */
export const LAYOUT_CLAUSES = {
  "image.layout.transport": {
    level: "MAY",
    judge: "behaviour",
    section: "image-layout.md#oci-image-layout-specification",
    text: "A layout travels in archives, on shared file systems or over any file transfer.",
  },
  "image.layout.blobs": {
    level: "MUST",
    judge: "document",
    section: "image-layout.md#content",
    text: "The directory `blobs` exists.",
  },
  "image.layout.blobs.empty": {
    level: "MAY",
    judge: "behaviour",
    section: "image-layout.md#content",
    text: "The directory `blobs` is empty.",
  },
  "image.layout.blobs.opaque": {
    level: "SHOULD",
    judge: "behaviour",
    section: "image-layout.md#content",
    text: "A blob is taken as opaque bytes without a schema.",
  },
  "image.layout.file": {
    level: "MUST",
    judge: "document",
    section: "image-layout.md#content",
    text: "The file `oci-layout` exists.",
  },
  "image.layout.file.object": {
    level: "MUST",
    judge: "document",
    section: "image-layout.md#content",
    text: "`oci-layout` is a JSON object.",
  },
  "image.layout.file.imageLayoutVersion": {
    level: "MUST",
    judge: "document",
    section: "image-layout.md#content",
    text: "`oci-layout` has a string `imageLayoutVersion`.",
  },
  "image.layout.file.extraFields": {
    level: "MAY",
    judge: "behaviour",
    section: "image-layout.md#content",
    text: "`oci-layout` has further fields.",
  },
  "image.layout.index": {
    level: "MUST",
    judge: "document",
    section: "image-layout.md#content",
    text: "The file `index.json` exists.",
  },
  "image.layout.index.object": {
    level: "MUST",
    judge: "document",
    section: "image-layout.md#content",
    text: "`index.json` is an image index.",
  },
  "image.layout.unknownFiles": {
    level: "SHOULD",
    judge: "behaviour",
    section: "image-layout.md#content",
    text: "Advice: files unknown to the reader are no error.",
  },
  "image.layout.blobs.path": {
    level: "MUST",
    judge: "document",
    section: "image-layout.md#blobs",
    text: "Blobs are named `blobs/<algorithm>/<encoded>`, both parts as in the grammar of digests.",
  },
  "image.layout.blobs.content": {
    level: "MUST",
    judge: "behaviour",
    section: "image-layout.md#blobs",
    text: "The content of a blob matches the digest that its path spells.",
  },
  "image.layout.blobs.unreferenced": {
    level: "MAY",
    judge: "behaviour",
    section: "image-layout.md#blobs",
    text: "`blobs` holds blobs that nothing refers to.",
  },
  "image.layout.blobs.missing": {
    level: "MAY",
    judge: "behaviour",
    section: "image-layout.md#blobs",
    text: "`blobs` lacks blobs that something refers to.",
  },
  "image.layout.blobs.external": {
    level: "SHOULD",
    judge: "behaviour",
    section: "image-layout.md#blobs",
    text: "Blobs that are missing are fetched from another store.",
  },
  "image.layout.file.version": {
    level: "MUST",
    judge: "document",
    section: "image-layout.md#oci-layout-file",
    text: "`imageLayoutVersion` is a version of the layout; only `1.0.0` exists.",
  },
  "image.layout.index.futureTypes": {
    level: "MAY",
    judge: "behaviour",
    section: "image-layout.md#indexjson-file",
    text: "Future versions use other media types in `index.json`.",
  },
  "image.layout.index.unknownTypes": {
    level: "MUST",
    judge: "behaviour",
    section: "image-layout.md#indexjson-file",
    text: "An unknown media type in `index.json` is no error.",
  },
} as const;
