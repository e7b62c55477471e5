/**
 * What config.md demands of the configuration as a whole, its file system and its history.
 * @module
 */

/** Rows of `IMAGE_CLAUSES`, by id. */
export const CONFIG_CLAUSES = {
  "image.config.diffId": {
    level: "MUST",
    judge: "document",
    section: "config.md#layer-diffid",
    text: "A DiffID is the digest of the layer's plain tar archive.",
  },
  "image.config.diffId.reproducible": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#layer-diffid",
    text: "Layers are packed and unpacked so that their DiffIDs stay.",
  },
  "image.config.chainId": {
    level: "MUST",
    judge: "behaviour",
    section: "config.md#definition",
    text: "A ChainID is the first DiffID, or the digest of the ChainID below, a space and the DiffID on top.",
  },
  "image.config.imageId": {
    level: "MUST",
    judge: "behaviour",
    section: "config.md#imageid",
    text: "An ImageID is the SHA-256 digest of the configuration's bytes.",
  },
  "image.config.object": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "A configuration is a JSON object.",
  },
  "image.config.null": {
    level: "MAY",
    judge: "behaviour",
    section: "config.md#properties",
    text: "An optional field is `null`, which is the same as absent.",
  },
  "image.config.created": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`created` is a date and time as in RFC 3339 section 5.6.",
  },
  "image.config.author": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`author` is a string.",
  },
  "image.config.architecture": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`architecture` is a string.",
  },
  "image.config.architecture.known": {
    level: "SHOULD",
    judge: "document",
    section: "config.md#properties",
    text: "`architecture` is a value of GOARCH.",
  },
  "image.config.architecture.understood": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#properties",
    text: "In a configuration, the values of GOARCH are understood.",
  },
  "image.config.os": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`os` is a string.",
  },
  "image.config.os.known": {
    level: "SHOULD",
    judge: "document",
    section: "config.md#properties",
    text: "`os` is a value of GOOS.",
  },
  "image.config.os.understood": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#properties",
    text: "In a configuration, the values of GOOS are understood.",
  },
  "image.config.os.version": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`os.version` is a string.",
  },
  "image.config.os.version.refused": {
    level: "MAY",
    judge: "behaviour",
    section: "config.md#properties",
    text: "An image whose `os.version` is not known to work with the host is refused.",
  },
  "image.config.os.features": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`os.features` is an array of strings.",
  },
  "image.config.os.features.windows": {
    level: "SHOULD",
    judge: "document",
    section: "config.md#properties",
    text: "On `windows`, `os.features` has the known values: `win32k`.",
  },
  "image.config.os.features.understood": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#properties",
    text: "The feature `win32k` is understood.",
  },
  "image.config.variant": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`variant` is a string.",
  },
  "image.config.variant.known": {
    level: "SHOULD",
    judge: "document",
    section: "config.md#properties",
    text: "`variant` is in the table of platform variants.",
  },
  "image.config.variant.understood": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#properties",
    text: "The variants of the table are understood.",
  },
  "image.config.rootfs": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`rootfs` is an object.",
  },
  "image.config.rootfs.type": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`rootfs.type` is `layers`.",
  },
  "image.config.rootfs.type.unknown": {
    level: "MUST",
    judge: "behaviour",
    section: "config.md#properties",
    text: "Verifying or unpacking an image of another `rootfs.type` is an error.",
  },
  "image.config.rootfs.diff_ids": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`rootfs.diff_ids` is an array of DiffIDs, each a digest.",
  },
  "image.config.rootfs.diff_ids.layers": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "There is a DiffID for each layer of the manifest, in the same order.",
  },
  "image.config.history": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "The `history` of an image is an array of objects.",
  },
  "image.config.history.created": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`created` of a history entry is a date and time as in RFC 3339 section 5.6.",
  },
  "image.config.history.author": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`author` of a history entry is a string.",
  },
  "image.config.history.created_by": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`created_by` of a history entry is a string.",
  },
  "image.config.history.comment": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`comment` of a history entry is a string.",
  },
  "image.config.history.empty_layer": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`empty_layer` of a history entry is a boolean.",
  },
  "image.config.history.layers": {
    level: "SHOULD",
    judge: "document",
    section: "config.md#properties",
    text: "History, where given, has an entry for each layer, beside those that are `empty_layer`.",
  },
  "image.config.unknownFields": {
    level: "MUST",
    judge: "behaviour",
    section: "config.md#properties",
    text: "Unknown fields are no error.",
  },
  "image.config.compact": {
    level: "MAY",
    judge: "behaviour",
    section: "config.md#properties",
    text: "The JSON is written without white space.",
  },
} as const;
