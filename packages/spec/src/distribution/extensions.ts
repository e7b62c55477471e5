/**
 * Discovery of extensions: which further endpoints a registry or a repository has.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch } from "../issue.ts";
import { type Field, checkFields, listOf, object, string, stringThat, strings } from "../shape.ts";
import { DISTRIBUTION_CLAUSES, type DistributionClauseId } from "./clauses.ts";

/** One extension. */
export interface Extension {
  /** As it stands in the path, such as `_oci`. */
  readonly name: string;
  /** Address of its documentation. */
  readonly url: string;
  readonly description?: string;
  /** Its endpoints that are offered here. */
  readonly endpoints: readonly string[];
}

/**
 * The extensions of a registry or a repository.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/extensions/_oci.md#extensions-property-descriptions}
 */
export interface ExtensionList {
  readonly extensions: readonly Extension[];
}

const READER: DocumentReader = {
  name: "a list of extensions",
  limits: { maxLength: 1024 * 1024, maxDepth: 16 },
  check: checkExtensionList,
};

/**
 * Reads a list of extensions.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseExtensionList(bytes: Uint8Array): Document<ExtensionList> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that a list of extensions breaks. */
export function checkExtensionList(json: Json): Issue[] {
  const report = new Report(DISTRIBUTION_CLAUSES);
  if (json.kind !== "object") {
    report.add("distribution.extension.list", json, mismatch("an object", json));
    return report.issues;
  }
  checkFields(json, LIST_FIELDS, report);
  for (const extension of json.get("extensions").items) {
    if (extension.kind === "object") checkFields(extension, FIELDS, report);
  }
  return report.issues;
}

const LIST_FIELDS: readonly Field<DistributionClauseId>[] = [
  { name: "extensions", shape: listOf(object), clause: "distribution.extension.list", required: true },
];

// As published, the specification's pattern wants two words at least, which not even `_oci` is; one is enough here.
const NAME = stringThat((text) => /^_[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(text), "a name with a leading underscore");

const FIELDS: readonly Field<DistributionClauseId>[] = [
  { name: "name", shape: string, clause: "distribution.extension.list.name", required: true },
  { name: "name", shape: NAME, clause: "distribution.extension.name" },
  { name: "url", shape: string, clause: "distribution.extension.list.url", required: true },
  { name: "description", shape: string, clause: "distribution.extension.list.description" },
  { name: "endpoints", shape: strings, clause: "distribution.extension.list.endpoints", required: true },
];
