/**
 * What documents in SPDX say of every package.
 * @see https://spdx.github.io/spdx-spec/v2.3/package-information/
 * @module
 */

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
