/**
 * Every MUST, SHOULD and MAY of distribution-spec, its extension documents included.
 * @module
 */
import { type ClauseTable, type SpecText, clauseTable } from "../clause.ts";
import { DISCOVERY_CLAUSES } from "./clauses/discovery.ts";
import { EXTENSION_CLAUSES } from "./clauses/extensions.ts";
import { GENERAL_CLAUSES } from "./clauses/general.ts";
import { MANAGEMENT_CLAUSES } from "./clauses/management.ts";
import { PROXY_CLAUSES } from "./clauses/proxy.ts";
import { PULL_CLAUSES } from "./clauses/pull.ts";
import { PUSH_BLOB_CLAUSES } from "./clauses/push-blob.ts";
import { PUSH_MANIFEST_CLAUSES } from "./clauses/push-manifest.ts";

/** The text that the clauses were derived from. */
export const DISTRIBUTION_SPEC: SpecText = {
  name: "distribution-spec",
  version: "v1.1.1",
  base: "https://github.com/opencontainers/distribution-spec/blob/v1.1.1",
  draftBase: "https://github.com/opencontainers/distribution-spec/blob/967efdc079b91785ad18c77cc4f8991a47feefbf",
};

/** Id of a clause of distribution-spec. */
export type DistributionClauseId =
  | keyof typeof GENERAL_CLAUSES
  | keyof typeof PULL_CLAUSES
  | keyof typeof PUSH_BLOB_CLAUSES
  | keyof typeof PUSH_MANIFEST_CLAUSES
  | keyof typeof DISCOVERY_CLAUSES
  | keyof typeof MANAGEMENT_CLAUSES
  | keyof typeof PROXY_CLAUSES
  | keyof typeof EXTENSION_CLAUSES;

/** All clauses of distribution-spec. */
export const DISTRIBUTION_CLAUSES: ClauseTable<DistributionClauseId> = clauseTable(DISTRIBUTION_SPEC, {
  ...GENERAL_CLAUSES,
  ...PULL_CLAUSES,
  ...PUSH_BLOB_CLAUSES,
  ...PUSH_MANIFEST_CLAUSES,
  ...DISCOVERY_CLAUSES,
  ...MANAGEMENT_CLAUSES,
  ...PROXY_CLAUSES,
  ...EXTENSION_CLAUSES,
});

/** Clauses of the release that a draft clause tightens or loosens, under the id of that draft clause. */
export const DRAFT_REPLACES: { readonly [Draft in DistributionClauseId]?: DistributionClauseId } = {
  "distribution.pull.manifest.digest.present": "distribution.pull.manifest.digest",
  "distribution.pull.blob.digest.present": "distribution.pull.blob.digest",
  "distribution.pull.head.digest.present": "distribution.pull.head.digest",
  "distribution.pull.head.length.present": "distribution.pull.head.length",
  "distribution.tags.order.either": "distribution.tags.order",
};
