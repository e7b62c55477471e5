/**
 * Extensions of the API, and how clients discover them.
 * @module
 */

/** Rows of `DISTRIBUTION_CLAUSES`, by id. */
export const EXTENSION_CLAUSES = {
  "distribution.extension.table": {
    level: "MUST",
    judge: "behaviour",
    section: "extensions/README.md#table",
    text: "Every new definition of an extension is listed in the table of extensions.",
  },
  "distribution.extension.name.unique": {
    level: "MUST",
    judge: "behaviour",
    section: "extensions/README.md#name",
    text: "The name of an extension is its own.",
  },
  "distribution.extension.name": {
    level: "MUST",
    judge: "document",
    section: "extensions/README.md#name",
    text: "Extension, component and module are lower-case alphanumeric parts joined by `.`, `_` or `-`; the extension has a leading underscore.",
  },
  "distribution.extension.routes": {
    level: "MUST",
    judge: "behaviour",
    section: "extensions/README.md#name",
    text: "The routes of one extension do not clash.",
    draft: true,
  },
  "distribution.extension.versions": {
    level: "SHOULD",
    judge: "behaviour",
    section: "extensions/README.md#versioning",
    text: "Versions of an extension's data are told apart by `Accept` and `Content-Type`.",
  },
  "distribution.extension.versions.new": {
    level: "SHOULD",
    judge: "behaviour",
    section: "extensions/README.md#versioning",
    text: "An extension that changes in its foundations gets a new component or module.",
  },
  "distribution.extension.file": {
    level: "SHOULD",
    judge: "behaviour",
    section: "extensions/README.md#filename",
    text: "The definition of an extension stands in the folder `extensions` of the specification.",
  },
  "distribution.extension.file.name": {
    level: "SHOULD",
    judge: "behaviour",
    section: "extensions/README.md#filename",
    text: "The file of a definition is named like the extension.",
  },
  "distribution.extension.detail": {
    level: "MAY",
    judge: "behaviour",
    section: "extensions/README.md#detail",
    text: "A definition may describe further endpoints that an implementation may offer.",
  },
  "distribution.extension.unknown": {
    level: "MAY",
    judge: "behaviour",
    section: "extensions/README.md#detail",
    text: "A registry may answer EXTENSION_UNKNOWN for an extension that it does not know.",
  },
  "distribution.extension.pages": {
    level: "SHOULD",
    judge: "behaviour",
    section: "extensions/README.md#pagination",
    text: "An extension that returns lists in pages follows the pagination of content discovery.",
  },
  "distribution.extension.pages.order": {
    level: "MAY",
    judge: "behaviour",
    section: "extensions/README.md#pagination",
    text: "An extension may list in any order, and then needs no `last`.",
  },
  "distribution.extension.pages.link": {
    level: "SHOULD",
    judge: "behaviour",
    section: "extensions/README.md#pagination",
    text: "A client does not build the address of the next page itself.",
  },
  "distribution.extension.pages.opaque": {
    level: "SHOULD",
    judge: "behaviour",
    section: "extensions/README.md#pagination",
    text: "A client treats the address of the next page as opaque.",
  },
  "distribution.extension.list": {
    level: "MUST",
    judge: "document",
    section: "extensions/_oci.md#extensions-property-descriptions",
    text: "The list of extensions is a JSON object with an array `extensions` of objects.",
  },
  "distribution.extension.list.name": {
    level: "MUST",
    judge: "document",
    section: "extensions/_oci.md#extensions-property-descriptions",
    text: "A listed extension has a `name`, as it stands in the path.",
  },
  "distribution.extension.list.url": {
    level: "MUST",
    judge: "document",
    section: "extensions/_oci.md#extensions-property-descriptions",
    text: "A listed extension has a `url` of its documentation.",
  },
  "distribution.extension.list.description": {
    level: "MUST",
    judge: "document",
    section: "extensions/_oci.md#extensions-property-descriptions",
    text: "The `description` of a listed extension is a text if there is one.",
  },
  "distribution.extension.list.endpoints": {
    level: "MUST",
    judge: "document",
    section: "extensions/_oci.md#extensions-property-descriptions",
    text: "A listed extension has an array `endpoints` of texts.",
  },
  "distribution.extension.none": {
    level: "MAY",
    judge: "behaviour",
    section: "extensions/_oci.md#error-codes",
    text: "A registry may have no extensions.",
  },
  "distribution.extension.none.code": {
    level: "MAY",
    judge: "behaviour",
    section: "extensions/_oci.md#error-codes",
    text: "A registry without extensions may answer UNSUPPORTED to their discovery.",
  },
} as const;
