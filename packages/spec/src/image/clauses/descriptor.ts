/**
 * The clauses of the image specification on descriptors, digests and media types.
 *
 * Demands on the authors of specifications, such as where to propose new fields, are left out: no document or program
 * can break them.
 * @module
 */

/** Rows of the clauses on descriptors, digests and media types. */
export const DESCRIPTOR_CLAUSES = {
  "image.descriptor.use": {
    level: "SHOULD",
    judge: "behaviour",
    text: "A format that references external content does so by a descriptor.",
    section: "descriptor.md#oci-content-descriptors",
  },
  "image.descriptor.object": {
    level: "MUST",
    judge: "document",
    text: "A descriptor is an object.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.mediaType": {
    level: "MUST",
    judge: "document",
    text: "A descriptor has a mediaType, a string.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.mediaType.grammar": {
    level: "MUST",
    judge: "document",
    text: "A descriptor's mediaType is named as RFC 6838 section 4.2 demands.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.digest": {
    level: "MUST",
    judge: "document",
    text: "A descriptor has a digest, a string.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.digest.verify": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Content from untrusted sources is verified against the digest.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.size": {
    level: "MUST",
    judge: "document",
    text: "A descriptor has a size, a 64-bit integer.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.size.negative": {
    level: "MUST",
    judge: "document",
    text: "A descriptor's size is not negative.",
    section: "descriptor.md#properties",
    draft: true,
  },
  "image.descriptor.size.exact": {
    level: "MUST",
    judge: "document",
    text: "A descriptor's size is at most 2^53 - 1. The specification only recommends this (numbers as doubles hold them); we demand it, because readers that use doubles would take a larger size for another.",
    section: "considerations.md#json",
    draft: true,
  },
  "image.descriptor.size.mismatch": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Content of another length than the size is not trusted.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.urls": {
    level: "MUST",
    judge: "document",
    text: "A descriptor's urls, where present, are an array of strings.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.urls.grammar": {
    level: "MUST",
    judge: "document",
    text: "Each of a descriptor's urls is a URI (RFC 3986).",
    section: "descriptor.md#properties",
  },
  "image.descriptor.urls.scheme": {
    level: "SHOULD",
    judge: "document",
    text: "Each of a descriptor's urls uses the scheme http or https.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.urls.download": {
    level: "MAY",
    judge: "behaviour",
    text: "Content may be downloaded from a descriptor's urls.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.annotations": {
    level: "MUST",
    judge: "document",
    text: "A descriptor's annotations keep the rules of annotations.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.data": {
    level: "MUST",
    judge: "document",
    text: "A descriptor's data, where present, is base64 (RFC 4648 section 4).",
    section: "descriptor.md#properties",
  },
  "image.descriptor.data.identical": {
    level: "MUST",
    judge: "document",
    text: "A descriptor's data decodes to the very content: it has at least the length that size gives.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.data.verify": {
    level: "SHOULD",
    judge: "behaviour",
    text: "A consumer verifies a descriptor's decoded data against digest and size.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.data.embed": {
    level: "MAY",
    judge: "behaviour",
    text: "Small content may be embedded in a descriptor, by a client before it uploads the manifest.",
    section: "descriptor.md#embedded-content",
  },
  "image.descriptor.data.keep": {
    level: "MUST",
    judge: "behaviour",
    text: "Data is never added to a descriptor where that changes an existing digest, in a registry least of all.",
    section: "descriptor.md#embedded-content",
  },
  "image.descriptor.data.portable": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Whoever embeds data minds that some providers refuse manifests beyond some size.",
    section: "descriptor.md#embedded-content",
  },
  "image.descriptor.artifactType": {
    level: "MUST",
    judge: "document",
    text: "A descriptor's artifactType, where present, is named as RFC 6838 section 4.2 demands.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.artifactType.registered": {
    level: "MAY",
    judge: "behaviour",
    text: "An artifactType may be registered with IANA.",
    section: "descriptor.md#properties",
  },
  "image.descriptor.platform": {
    level: "SHOULD",
    judge: "document",
    text: "A descriptor of an image manifest has a platform.",
    section: "descriptor.md#properties",
  },
  "image.digest.grammar": {
    level: "MUST",
    judge: "document",
    text: "A digest is an algorithm, a colon and an encoded hash.",
    section: "descriptor.md#digests",
  },
  "image.digest.unrecognized": {
    level: "SHOULD",
    judge: "behaviour",
    text: "A digest of an unrecognized algorithm that fits the grammar passes validation.",
    section: "descriptor.md#digests",
  },
  "image.digest.verify": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Content from untrusted sources is verified against the digest before it is consumed.",
    section: "descriptor.md#verification",
  },
  "image.digest.sizeFirst": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The size of content is verified before its digest is calculated.",
    section: "descriptor.md#verification",
  },
  "image.digest.cheapFirst": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Heavy processing waits until the hash is calculated.",
    section: "descriptor.md#verification",
  },
  "image.digest.canonical": {
    level: "MAY",
    judge: "behaviour",
    text: "Content may be brought into canonical form so that its digest stays stable.",
    section: "descriptor.md#verification",
  },
  "image.digest.algorithm": {
    level: "SHOULD",
    judge: "document",
    text: "Digests use SHA-256.",
    section: "descriptor.md#registered-algorithms",
  },
  "image.digest.sha256": {
    level: "MUST",
    judge: "document",
    text: "The hash of a sha256 digest is 64 lower-case hex digits.",
    section: "descriptor.md#sha-256",
  },
  "image.digest.sha256.verify": {
    level: "MUST",
    judge: "behaviour",
    text: "sha256 digests can be verified.",
    section: "descriptor.md#sha-256",
  },
  "image.digest.sha512": {
    level: "MUST",
    judge: "document",
    text: "The hash of a sha512 digest is 128 lower-case hex digits.",
    section: "descriptor.md#sha-512",
  },
  "image.digest.sha512.verify": {
    level: "MAY",
    judge: "behaviour",
    text: "sha512 digests can be verified.",
    section: "descriptor.md#sha-512",
  },
  "image.digest.blake3": {
    level: "MUST",
    judge: "document",
    text: "The hash of a blake3 digest is 256 bits, 64 lower-case hex digits.",
    section: "descriptor.md#blake3",
    draft: true,
  },
  "image.digest.blake3.verify": {
    level: "MAY",
    judge: "behaviour",
    text: "blake3 digests can be verified.",
    section: "descriptor.md#blake3",
    draft: true,
  },
  "image.mediaType.returned": {
    level: "MAY",
    judge: "behaviour",
    text: "A way to retrieve blobs may tell their media type.",
    section: "media-types.md#media-type-conflicts",
  },
  "image.mediaType.unexpected": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Who expects no media type respects the one returned.",
    section: "media-types.md#media-type-conflicts",
  },
  "image.mediaType.matching": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Who expects the media type that is returned respects it.",
    section: "media-types.md#media-type-conflicts",
  },
  "image.mediaType.expected": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Who expects another media type than the one returned keeps to the expected one if the blob matches its digest.",
    section: "media-types.md#media-type-conflicts",
  },
  "image.mediaType.warning": {
    level: "MAY",
    judge: "behaviour",
    text: "A media type that differs from the expected one may be warned about.",
    section: "media-types.md#media-type-conflicts",
  },
  "image.mediaType.wrongDigest": {
    level: "SHOULD",
    judge: "behaviour",
    text: "A media type that differs from the expected one is an error if the blob does not match the expected digest.",
    section: "media-types.md#media-type-conflicts",
  },
  "image.mediaType.noDigest": {
    level: "SHOULD",
    judge: "behaviour",
    text: "A media type that differs from the expected one is an error if no digest is expected.",
    section: "media-types.md#media-type-conflicts",
  },
} as const;
