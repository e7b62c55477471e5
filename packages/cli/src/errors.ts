/**
 * The codes of errors that the command line throws.
 * @module
 */

/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_USAGE: "The command line is wrong; nothing was done.",
} as const;

/** A code of an error that this room throws. */
export type CliErrorCode = keyof typeof ERRORS;
