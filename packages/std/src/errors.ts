/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_HEX_INVALID: "A text is not pairs of hexadecimal digits.",
  ERR_TOO_LARGE: "Data from outside is longer than its limit. `detail.maxBytes` is the limit.",
} as const;

/** A code of an error that this room throws. */
export type StdErrorCode = keyof typeof ERRORS;
