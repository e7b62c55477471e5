/**
 * Referrers: which manifests have some content as their subject. Registries list them in an image index; where a registry
 * cannot, clients keep that index under a tag that is made of the subject's digest.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Digest, splitDigest } from "../digest.ts";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type Index, MAX_INDEX_BYTES, checkIndex } from "../image/index-document.ts";
import { type Issue, Report, formatIssue } from "../issue.ts";
import { DISTRIBUTION_CLAUSES } from "./clauses.ts";

const READER: DocumentReader = {
  name: "a list of referrers",
  limits: { maxLength: MAX_INDEX_BYTES, maxDepth: 64 },
  check: checkReferrers,
};

/**
 * Reads a list of referrers, from the referrers API or from behind a referrers tag.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers}
 */
export function parseReferrers(bytes: Uint8Array): Document<Index> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses that a list of referrers breaks, those of image indexes included. */
export function checkReferrers(json: Json): Issue[] {
  const issues = checkIndex(json);
  const broken = issues.find(({ level }) => level === "MUST");
  if (broken === undefined) return issues;
  const report = new Report(DISTRIBUTION_CLAUSES);
  report.add("distribution.referrers.body", json, `expected an image index, but ${formatIssue(broken)}`);
  return [...report.issues, ...issues];
}

const MAX_ALGORITHM_LENGTH = 32;
const MAX_ENCODED_LENGTH = 64;

/**
 * The tag that holds the list of referrers to `subject` where the registry has no referrers API, such as `sha256-44136f…`.
 * The draft's rules are followed, which agree with those of the release for every registered algorithm.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema}
 */
export function referrersTag(subject: Digest): string {
  const { algorithm, encoded } = splitDigest(subject);
  const tag = `${algorithm.slice(0, MAX_ALGORITHM_LENGTH)}-${encoded.slice(0, MAX_ENCODED_LENGTH)}`;
  return tag.replace(/[^A-Za-z0-9._-]/g, "-");
}
