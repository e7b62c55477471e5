/**
 * The error codes of this room.
 * @module
 */

/** Every code with its meaning. */
export const ERRORS = {
  ERR_CERTIFY_ADDRESS: "What was given is no address of a registry",
  ERR_CERTIFY_UNREACHABLE: "The registry does not answer",
  ERR_CERTIFY_REFUSED: "The registry refuses the credentials, or wants some",
  ERR_CERTIFY_ANSWER: "An answer of the registry is too large, or cannot be read",
} as const;

/** A code of this room. */
export type CertifyErrorCode = keyof typeof ERRORS;
