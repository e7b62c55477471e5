/**
 * The catalog: the list of a registry's repositories. It is Docker's; distribution-spec reserves its name only.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch } from "../issue.ts";
import { isPath } from "../reference.ts";
import { checkFields, listOf, string, stringThat } from "../shape.ts";
import { DOCKER_REGISTRY_CLAUSES } from "./docker-clauses.ts";
import { MAX_LIST_BYTES } from "./tags-list.ts";

/**
 * Repositories of a registry, or a page of them.
 * @see {@link https://github.com/distribution/distribution/blob/v3.1.1/docs/content/spec/api.md#catalog}
 */
export interface Catalog {
  /** Some registries write `null` where there are none. */
  readonly repositories: readonly string[] | null;
}

const READER: DocumentReader = {
  name: "a catalog",
  limits: { maxLength: MAX_LIST_BYTES, maxDepth: 16 },
  check: checkCatalog,
};

/**
 * Reads a catalog.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseCatalog(bytes: Uint8Array): Document<Catalog> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that a catalog breaks. */
export function checkCatalog(json: Json): Issue[] {
  const report = new Report(DOCKER_REGISTRY_CLAUSES);
  if (json.kind !== "object") {
    report.add("docker.catalog.body", json, mismatch("an object", json));
    return report.issues;
  }
  const required = json.get("repositories").kind !== "null";
  checkFields(json, [{ name: "repositories", shape: listOf(string), clause: "docker.catalog.body", required }], report);
  for (const name of json.get("repositories").items.filter(({ kind }) => kind === "string")) {
    NAME(name, (place, message) => report.add("docker.catalog.name", place, message));
  }
  return report.issues;
}

const NAME = stringThat(isPath, "the name of a repository");
