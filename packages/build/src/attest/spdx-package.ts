/**
 * What documents in SPDX say of every package.
 * @see https://spdx.github.io/spdx-spec/v2.3/package-information/
 * @module
 */

/** Media type of the documents. */
export const SPDX_TYPE = "application/spdx+json";

/** A package as it stands in a document. */
export interface SpdxPart {
  readonly SPDXID: string;
  readonly [name: string]: unknown;
}

/** How two parts of a document stand to each other. */
export function relation(spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

/**
 * Fields of a package of which nothing is claimed; who knows more overwrites them. The licences of Debian packages stand in
 * copyright files, which no program can be trusted to sum up.
 */
export const UNKNOWN: {
  readonly downloadLocation: string;
  readonly filesAnalyzed: boolean;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly copyrightText: string;
} = {
  downloadLocation: "NOASSERTION",
  filesAnalyzed: false,
  licenseConcluded: "NOASSERTION",
  licenseDeclared: "NOASSERTION",
  copyrightText: "NOASSERTION",
};
