/**
 * Kinds of attestations, by the short names that cosign taught and by their URIs.
 * @module
 */

/** One kind of attestation. */
export interface PredicateKind {
  /** Short name. */
  readonly alias: string;
  readonly uri: string;
  readonly about: string;
}

/** The kinds that have a short name. */
export const PREDICATE_KINDS: readonly PredicateKind[] = [
  { alias: "slsaprovenance1", uri: "https://slsa.dev/provenance/v1", about: "SLSA provenance 1" },
  { alias: "slsaprovenance02", uri: "https://slsa.dev/provenance/v0.2", about: "SLSA provenance 0.2" },
  { alias: "slsaprovenance", uri: "https://slsa.dev/provenance/v0.2", about: "SLSA provenance 0.2, as cosign has it" },
  { alias: "spdxjson", uri: "https://spdx.dev/Document", about: "SPDX in JSON" },
  { alias: "spdx", uri: "https://spdx.dev/Document", about: "SPDX" },
  { alias: "cyclonedx", uri: "https://cyclonedx.org/bom", about: "CycloneDX" },
  { alias: "openvex", uri: "https://openvex.dev/ns", about: "OpenVEX" },
  { alias: "vuln", uri: "https://cosign.sigstore.dev/attestation/vuln/v1", about: "a scan for vulnerabilities" },
  { alias: "vsa", uri: "https://slsa.dev/verification_summary/v1", about: "a summary of a verification" },
  { alias: "test-result", uri: "https://in-toto.io/attestation/test-result/v0.1", about: "results of tests" },
  { alias: "link", uri: "https://in-toto.io/attestation/link/v0.3", about: "one step of a supply chain" },
  { alias: "release", uri: "https://in-toto.io/attestation/release/v0.1", about: "a release" },
  { alias: "custom", uri: "https://cosign.sigstore.dev/attestation/v1", about: "anything else" },
];

/** The URI of a kind that is given by short name or URI; nothing if it is neither. */
export function predicateUri(text: string): string | undefined {
  const known = PREDICATE_KINDS.find(({ alias }) => alias === text);
  if (known !== undefined) return known.uri;
  return /^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(text) ? text : undefined;
}
