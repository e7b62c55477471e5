/**
 * The codes of errors that the command line throws.
 * @module
 */

/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_IMAGE_DIGEST: "An image is not the one whose digest its new name has; the name was not given.",
  ERR_IMAGE_MISSING: "There is no image of a name at the place that was given.",
  ERR_POLICY_REFUSED: "A policy refuses an image, or what it asks for cannot be shown.",
  ERR_NOT_ADMITTED: "The admission refused to start the container.",
  ERR_QUICKSTART: "A step of the quickstart failed; it has said why.",
  ERR_SIGNATURE_FETCH: "A signature that is kept apart from the registry cannot be fetched.",
  ERR_REVOCATION_FETCH: "Nobody could be asked over the network whether a certificate is revoked.",
  ERR_USAGE: "The command line is wrong; nothing was done.",
} as const;

/** A code of an error that this room throws. */
export type CliErrorCode = keyof typeof ERRORS;
