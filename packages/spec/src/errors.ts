/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_DIGEST_INVALID: "A text is not a digest: algorithm, colon, encoded hash.",
  ERR_DOCUMENT_INVALID: "A document breaks the specification. `detail.issues` lists every broken clause.",
} as const;

/** A code of an error that this room throws. */
export type SpecErrorCode = keyof typeof ERRORS;
