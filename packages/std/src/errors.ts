/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_FILE_EXISTS: "A file that was to be created is there already.",
  ERR_HEX_INVALID: "A text is not pairs of hexadecimal digits.",
  ERR_LOCK_FAILED: "A lock file cannot be used: it cannot be opened or made, or holds something else.",
  ERR_LOCK_TIMEOUT: "A lock was held by others for longer than the caller would wait.",
  ERR_PATH_ESCAPE: "A path leads out of the folder that it has to stay in.",
  ERR_PATH_INVALID: "A text cannot be a path: it is empty, or has a character that no path may have.",
  ERR_PATH_LOOP: "A path leads through too many symbolic links, perhaps in a circle.",
  ERR_SOURCE_DATE_EPOCH: "The environment variable SOURCE_DATE_EPOCH is not a number of seconds.",
  ERR_TIME_INVALID: "A text is not a date and time as RFC 3339 writes it.",
  ERR_TOO_LARGE: "Data from outside is longer than its limit. `detail.maxBytes` is the limit.",
} as const;

/** A code of an error that this room throws. */
export type StdErrorCode = keyof typeof ERRORS;
