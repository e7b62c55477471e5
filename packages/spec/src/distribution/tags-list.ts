/**
 * Lists of tags.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch } from "../issue.ts";
import { isTag } from "../reference.ts";
import { checkFields, listOf, string, stringThat } from "../shape.ts";
import { DISTRIBUTION_CLAUSES } from "./clauses.ts";

/**
 * Tags of a repository, or a page of them.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags}
 */
export interface TagsList {
  /** Name of the repository. */
  readonly name: string;
  /** Some registries write `null` where there are none. */
  readonly tags: readonly string[] | null;
}

/** Largest list of tags or repositories that is read, in bytes. */
export const MAX_LIST_BYTES: number = 16 * 1024 * 1024;

const READER: DocumentReader = {
  name: "a list of tags",
  limits: { maxLength: MAX_LIST_BYTES, maxDepth: 16 },
  check: checkTagsList,
};

/**
 * Reads a list of tags.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseTagsList(bytes: Uint8Array): Document<TagsList> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that a list of tags breaks. */
export function checkTagsList(json: Json): Issue[] {
  const report = new Report(DISTRIBUTION_CLAUSES);
  const clause = "distribution.tags.body";
  if (json.kind !== "object") {
    report.add(clause, json, mismatch("an object", json));
    return report.issues;
  }
  checkFields(json, [{ name: "name", shape: string, clause, required: true }], report);
  const required = json.get("tags").kind !== "null";
  checkFields(json, [{ name: "tags", shape: listOf(stringThat(isTag, "a tag")), clause, required }], report);
  return report.issues;
}

/**
 * Tells whether `tags` are in one of the two orders that clients meet, each one once: `lexical`, without regard to case,
 * as the release asks for, or `ascii`, which the draft allows too. Many lists are in both.
 */
export function isInOrder(tags: readonly string[], order: "lexical" | "ascii"): boolean {
  const keys = order === "ascii" ? tags : tags.map((tag) => tag.toLowerCase());
  const rising = keys.every((key, index) => index === 0 || (keys[index - 1] ?? "") <= key);
  return rising && new Set(tags).size === tags.length;
}
