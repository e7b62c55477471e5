/**
 * The clauses of the image specification on platforms.
 * @module
 */

/** Rows of the clauses on platforms. */
export const PLATFORM_CLAUSES = {
  "image.platform.present": {
    level: "SHOULD",
    judge: "behaviour",
    text: "An entry of an index that is for one platform says so.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.object": {
    level: "MUST",
    judge: "document",
    text: "A platform is an object.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.architecture": {
    level: "MUST",
    judge: "document",
    text: "A platform has an architecture, a string.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.architecture.known": {
    level: "SHOULD",
    judge: "document",
    text: "A platform's architecture is a value of GOARCH.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.architecture.understood": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The values of GOARCH are understood.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.os": {
    level: "MUST",
    judge: "document",
    text: "A platform has an os, a string.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.os.known": {
    level: "SHOULD",
    judge: "document",
    text: "A platform's os is a value of GOOS.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.os.understood": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The values of GOOS are understood.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.os.version": {
    level: "MUST",
    judge: "document",
    text: "A platform's os.version, where present, is a string.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.os.version.refuse": {
    level: "MAY",
    judge: "behaviour",
    text: "A manifest may be refused whose os.version is not known to work with that of the host.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.os.features": {
    level: "MUST",
    judge: "document",
    text: "A platform's os.features, where present, are an array of strings.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.os.features.windows": {
    level: "SHOULD",
    judge: "document",
    text: "The os.features of a windows platform are win32k.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.os.features.understood": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The feature win32k of windows platforms is understood.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.variant": {
    level: "MUST",
    judge: "document",
    text: "A platform's variant, where present, is a string.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.variant.known": {
    level: "SHOULD",
    judge: "document",
    text: "A platform's variant is one that the specification lists for the architecture, or like the value that Go gives it.",
    section: "image-index.md#platform-variants",
  },
  "image.platform.variant.understood": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The variants that the specification lists are understood.",
    section: "image-index.md#platform-variants",
  },
  "image.platform.features": {
    level: "SHOULD",
    judge: "document",
    text: "A platform's features are reserved, so there are none.",
    section: "image-index.md#image-index-property-descriptions",
  },
  "image.platform.first": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Of several entries that match, the first is used.",
    section: "image-index.md#image-index-property-descriptions",
  },
} as const;
