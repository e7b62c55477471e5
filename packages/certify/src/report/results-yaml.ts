/**
 * A certificate in the shape of `results.yaml`, which the conformance program of the distribution specification writes:
 * how it was run, and how each part of the API and each kind of content fared.
 * @see https://github.com/opencontainers/distribution-spec/tree/967efdc079b91785ad18c77cc4f8991a47feefbf/conformance
 * @module
 */
import type { Certificate, Outcome } from "../verdict.ts";

/** Parts of the API as that program names them, with the clauses that tell how they fare. */
const APIS: Readonly<Record<string, readonly string[]>> = {
  Ping: ["general.pull"],
  "Blob post put": ["push.session.status", "push.session.location", "push.put.status", "push.put.location"],
  "Blob post only": ["push.post", "push.post.status", "push.post.location"],
  "Blob chunked": ["push.chunk.status", "push.chunk.headers", "push.chunk.order.status", "push.close.status"],
  "Blob streaming": ["push.chunk.status", "push.close.status", "push.close.location"],
  "Blob mount": ["push.mount.status", "push.mount.location", "push.mount.unsupported"],
  "Blob anonymous mount": ["push.mount.from"],
  "Blob upload cancel": ["push.cancel.status"],
  "Blob get": ["pull.blob", "pull.blob.status", "pull.blob.missing"],
  "Blob get range": ["pull.blob.range"],
  "Blob head": ["pull.head.status", "pull.head.missing"],
  "Blob delete": ["delete.blob.status", "delete.blob.missing"],
  "Manifest put by digest": ["push.manifest.status", "push.manifest.location", "push.manifest.digest"],
  "Manifest put by tag": ["push.manifest.status", "push.manifest.location"],
  "Manifest put with tag params": ["push.tags", "push.tags.header", "push.tags.count"],
  "Manifest put with subject": ["push.subject", "push.subject.dangling"],
  "Manifest get by digest": ["pull.manifest", "pull.manifest.status", "pull.manifest.missing"],
  "Manifest get by tag": ["pull.manifest", "pull.manifest.status", "pull.manifest.missing"],
  "Manifest head by digest": ["pull.head.status", "pull.head.missing"],
  "Manifest head by tag": ["pull.head.status", "pull.head.missing"],
  "Manifest delete": ["delete.manifest.status", "delete.manifest.repository"],
  "Tag listing": ["tags.status", "tags.body", "tags.order", "tags.n.exact", "tags.n.zero", "tags.last"],
  "Tag delete": ["delete.tag.status"],
  Referrers: ["referrers.status", "referrers.body", "referrers.type", "referrers.none", "referrers.filter.header"],
};

const DATA: Readonly<Record<string, readonly string[]>> = {
  Image: ["push.manifest.bytes", "pull.manifest"],
  "Image with Large Manifest": ["push.manifest.limit.least"],
  "Missing Subject": ["push.subject.dangling"],
  "Artifacts with Subject": ["referrers.type", "referrers.type.config", "referrers.annotations"],
  "Index with Subject": ["referrers.type.index"],
  "No Layers": ["push.manifest.blobs.none"],
  "Tag Param": ["push.tags"],
};

/** Writes a certificate as `results.yaml`. */
export function formatResultsYaml({ subject, specification, verdicts }: Certificate): string {
  const outcomes = new Map(verdicts.map(({ clause, outcome }) => [clause.id, outcome]));
  const rows = (table: Readonly<Record<string, readonly string[]>>): string[] =>
    Object.entries(table).map(([name, clauses]) => `  ${name}: ${statusOf(clauses, outcomes)}`);
  const { host, protocol } = new URL(subject);
  return [
    "config:",
    `  registry: ${JSON.stringify(host)}`,
    `  tls: ${protocol === "https:" ? "enabled" : "disabled"}`,
    `  version: ${JSON.stringify(specification)}`,
    "apis:",
    ...rows(APIS),
    "data:",
    ...rows(DATA),
    "",
  ].join("\n");
}

function statusOf(clauses: readonly string[], outcomes: ReadonlyMap<string, Outcome>): string {
  const found = clauses
    .map((clause) => outcomes.get(`distribution.${clause}`))
    .filter((outcome) => outcome !== undefined);
  if (found.includes("broken")) return "FAIL";
  return found.includes("kept") ? "Pass" : "Skip";
}
