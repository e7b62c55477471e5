/**
 * The codes of this room's errors.
 * @module
 */

/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_BUILD_UNKNOWN:
    "A folder holds nothing that is known to be an application. `detail.looked` lists what was looked for.",
} as const;

/** A code of an error that this room throws. */
export type BuildErrorCode = keyof typeof ERRORS;
