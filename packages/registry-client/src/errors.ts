/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_AUTH_FILE_INVALID:
    "A file of credentials cannot be read. The message names the file and the place, never a secret.",
  ERR_CREDENTIAL_HELPER: "A credential helper is missing, failed, or answered something else than credentials.",
} as const;

/** A code of an error that this room throws. */
export type RegistryClientErrorCode = keyof typeof ERRORS;
