/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_BLOB_MISSING: "Content is not in the store. `detail.descriptor` says which.",
  ERR_BLOB_SIZE: "Content is not as long as its descriptor says. `detail` has the descriptor.",
  ERR_BLOB_DIGEST:
    "Content does not have the digest that its descriptor says. `detail` has the descriptor and the actual digest.",
  ERR_DIGEST_UNSUPPORTED:
    "A digest is of an algorithm that cannot be computed here, so its content cannot be verified.",
  ERR_RANGE_INVALID: "A range of bytes lies outside of the content.",
  ERR_TAG_MISSING: "A name is not in the store.",
  ERR_TAG_INVALID: "A text cannot be a name in this store.",
  ERR_STORE_FULL: "A store in memory would grow past its limit.",
  ERR_GRAPH_INVALID:
    "A manifest or index cannot be followed: it is not what its media type says, or its links are broken.",
  ERR_GRAPH_LIMIT: "A graph is deeper or larger than its limit.",
} as const;

/** A code of an error that this room throws. */
export type ContentErrorCode = keyof typeof ERRORS;
