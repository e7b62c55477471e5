/**
 * What considerations.md demands.
 * @module
 */

/** Rows of `IMAGE_CLAUSES`, by id. */
export const CONTENT_CLAUSES = {
  "image.content.unaltered": {
    level: "MUST",
    judge: "behaviour",
    section: "considerations.md#extensibility",
    text: "Storing or copying content changes nothing that would change its digest.",
  },
  "image.content.unknownProperties": {
    level: "SHOULD",
    judge: "behaviour",
    section: "considerations.md#extensibility",
    text: "An unknown property in a known media type is no error.",
  },
  "image.content.canonical": {
    level: "SHOULD",
    judge: "behaviour",
    section: "considerations.md#canonicalization",
    text: "The same content is always written as the same bytes.",
  },
  "image.json.canonical": {
    level: "SHOULD",
    judge: "behaviour",
    section: "considerations.md#json",
    text: "JSON is written in a canonical form; the merged text only permits that.",
  },
  "image.json.canonical.rfc8785": {
    level: "MAY",
    judge: "behaviour",
    section: "considerations.md#json",
    text: "JSON is written in canonical form (RFC 8785).",
    draft: true,
  },
  "image.json.iJson": {
    level: "MUST",
    judge: "document",
    section: "considerations.md#json",
    text: "JSON keeps the limits of I-JSON (RFC 7493), such as that no surrogate stands alone.",
    draft: true,
  },
  "image.json.utf8": {
    level: "MUST",
    judge: "document",
    section: "considerations.md#json",
    text: "JSON is in UTF-8.",
    draft: true,
  },
  "image.json.numbers": {
    level: "SHOULD",
    judge: "document",
    section: "considerations.md#json",
    text: "Numbers fit the double precision of IEEE 754.",
    draft: true,
  },
  "image.json.uniqueNames": {
    level: "MUST",
    judge: "document",
    section: "considerations.md#json",
    text: "The names of an object are unique.",
    draft: true,
  },
} as const;
