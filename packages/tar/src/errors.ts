/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_TAR_AMBIGUOUS:
    "A tar archive has a construct that common programs read in different ways, so that one could be shown what another extracts differently.",
  ERR_TAR_CHECKSUM: "A block of a tar archive that should be a header is none: its checksum differs.",
  ERR_TAR_CONTENT_SIZE: "The content given for a new tar entry is not as long as its header says.",
  ERR_TAR_LIMIT: "A tar archive exceeds a limit of the reader. `detail.limit` names it, `detail.max` is its value.",
  ERR_TAR_MISUSE: "The tar reader or writer was called out of order.",
  ERR_TAR_NUMBER: "A numeric field of a tar header is not a number, or out of its range.",
  ERR_TAR_PAX: "An extended header of a tar archive is malformed.",
  ERR_TAR_SPARSE: "The map of a sparse file in a tar archive is malformed or contradicts the sizes.",
  ERR_TAR_TRUNCATED: "A tar archive ends inside an entry.",
  ERR_TAR_UNSUPPORTED: "A tar archive uses a feature that this reader refuses, such as several volumes.",
  ERR_TAR_UNWRITABLE: "A new tar entry has a value that no tar archive can hold.",
} as const;

/** A code of an error that this room throws. */
export type TarErrorCode = keyof typeof ERRORS;
