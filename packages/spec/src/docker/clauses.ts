/**
 * What the texts of Docker demand of its documents, as far as OCI's readers meet them. The texts know no key words: what
 * they describe without a "may" stands as MUST, what they say "should" or "generally" of as SHOULD.
 * @module
 */
import { type ClauseTable, type SpecText, clauseTable } from "../clause.ts";
import { IMAGE_CLAUSES, type ImageClauseId } from "../image/clauses.ts";
import { Report } from "../issue.ts";
import { ARCHIVE_CLAUSES } from "./clauses/archive.ts";
import { DOCKER_CONFIG_CLAUSES } from "./clauses/config.ts";
import { DOCKER_MANIFEST_CLAUSES } from "./clauses/manifest.ts";
import { SCHEMA1_CLAUSES } from "./clauses/schema1.ts";

/** The text on Docker's manifests. */
export const DOCKER_MANIFEST_SPEC: SpecText = {
  name: "docker-manifests",
  version: "v2.8.3",
  base: "https://github.com/distribution/distribution/blob/v2.8.3/docs/spec",
  draftBase: "https://github.com/distribution/distribution/blob/v2.8.3/docs/spec",
};

/** The text on Docker's image configurations and archives. */
export const DOCKER_IMAGE_SPEC: SpecText = {
  name: "docker-images",
  version: "v1.3.1",
  base: "https://github.com/moby/docker-image-spec/blob/v1.3.1",
  draftBase: "https://github.com/moby/docker-image-spec/blob/v1.3.1",
};

/** Id of a clause of Docker's. */
export type DockerClauseId =
  | keyof typeof DOCKER_MANIFEST_CLAUSES
  | keyof typeof SCHEMA1_CLAUSES
  | keyof typeof DOCKER_CONFIG_CLAUSES
  | keyof typeof ARCHIVE_CLAUSES;

/** All clauses of Docker's. */
export const DOCKER_CLAUSES: ClauseTable<DockerClauseId> = {
  ...clauseTable(DOCKER_MANIFEST_SPEC, { ...DOCKER_MANIFEST_CLAUSES, ...SCHEMA1_CLAUSES }),
  ...clauseTable(DOCKER_IMAGE_SPEC, { ...DOCKER_CONFIG_CLAUSES, ...ARCHIVE_CLAUSES }),
};

/** A report on a document of Docker's. It knows OCI's clauses too, because both have the same descriptors. */
export type DockerReport = Report<DockerClauseId | ImageClauseId>;

const ALL_CLAUSES = { ...IMAGE_CLAUSES, ...DOCKER_CLAUSES };

/** An empty report. */
export function dockerReport(): DockerReport {
  return new Report(ALL_CLAUSES);
}
