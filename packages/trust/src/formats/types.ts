/**
 * Media types and other fixed texts of signatures.
 * @module
 */

/** A sigstore bundle of the present version: its blob and its artifact. */
export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
/** A payload of simple signing, as cosign keeps it under a tag. */
export const SIMPLE_SIGNING_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
/** An envelope of DSSE, as cosign keeps attestations under a tag. */
export const DSSE_TYPE = "application/vnd.dsse.envelope.v1+json";
/** A signature of the Notary Project. */
export const NOTATION_TYPE = "application/vnd.cncf.notary.signature";
/** The two envelopes of the Notary Project. */
export const JWS_TYPE = "application/jose+json";
/** See {@link JWS_TYPE}. */
export const COSE_TYPE = "application/cose";
/** The payload of an envelope that holds a statement. */
export const IN_TOTO_TYPE = "application/vnd.in-toto+json";

/** Annotations of the layers that cosign keeps under a tag. */
export const LEGACY_ANNOTATION = {
  signature: "dev.cosignproject.cosign/signature",
  certificate: "dev.sigstore.cosign/certificate",
  chain: "dev.sigstore.cosign/chain",
  bundle: "dev.sigstore.cosign/bundle",
  timestamp: "dev.sigstore.cosign/rfc3161timestamp",
  predicateType: "predicateType",
} as const;

/** Annotations of the manifests of bundles. */
export const BUNDLE_ANNOTATION = {
  content: "dev.sigstore.bundle.content",
  predicateType: "dev.sigstore.bundle.predicateType",
  created: "org.opencontainers.image.created",
} as const;

/** The predicate of a statement that is a signature and says nothing else. */
export const COSIGN_SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";

/** The predicate of a signed record of a tag. */
export const TAG_RECORD_PREDICATE = "urn:teu:predicate:tag-record:v1";

/** Tells whether a media type is one of a sigstore bundle of any version that is read. */
export function isBundleType(mediaType: string): boolean {
  return /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3\+json|\+json;version=0\.[123])$/.test(mediaType);
}
