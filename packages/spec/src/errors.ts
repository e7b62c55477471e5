/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_DIGEST_INVALID: "A text is not a digest: algorithm, colon, encoded hash.",
  ERR_DOCUMENT_INVALID: "A document breaks the specification. `detail.issues` lists every broken clause.",
  ERR_HEADER_INVALID: "The value of an HTTP header breaks its grammar or a limit, or cannot be written as one.",
  ERR_PATTERN_INVALID: "A text is not a pattern of names: a class is not closed, or a backslash ends it.",
  ERR_PLATFORM_INVALID: "A text is not a platform: operating system, architecture and variant with slashes between.",
  ERR_REFERENCE_INVALID: "A text is not the name of an image: host, path, tag and digest. `detail.reason` says why.",
  ERR_ROUTE_INVALID: "What should become the path of a registry request does not fit the grammar of its part.",
  ERR_SCOPE_INVALID: "A text is not a scope of a registry token: type, colon, name, colon, actions.",
} as const;

/** A code of an error that this room throws. */
export type SpecErrorCode = keyof typeof ERRORS;
