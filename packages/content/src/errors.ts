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
  ERR_PLACE_INVALID: "A text does not say where images are, as in oci:DIR:TAG.",
  ERR_STORE_FULL: "A store has no room: the disk is full, or a store in memory would grow past its limit.",
  ERR_COPY_SOURCE:
    "A copy failed because of its source. `detail.descriptor` is the content; `cause` is what went wrong.",
  ERR_COPY_TARGET:
    "A copy failed because of its target. `detail.descriptor` is the content; `cause` is what went wrong.",
  ERR_PLATFORM_MISSING: "An index has no manifest for a platform. `detail.available` lists the platforms that it has.",
  ERR_STORE_READ_ONLY: "A store cannot be written to.",
  ERR_LAYOUT_MISSING: "There is no image layout at a path.",
  ERR_LAYOUT_INVALID: "A folder is not an image layout, or its index cannot be read.",
  ERR_LAYOUT_LINK: "A file of an image layout or archive is a link out of it, or no regular file.",
  ERR_LAYOUT_BUSY: "An image layout is in use by other processes for too long.",
  ERR_ARCHIVE_INVALID: "A file is not an archive of images, or contradicts itself.",
  ERR_GRAPH_INVALID:
    "A manifest or index cannot be followed: it is not what its media type says, or its links are broken.",
  ERR_GRAPH_LIMIT: "A graph is deeper or larger than its limit.",
  ERR_COMPRESSION_INVALID: "Compressed content cannot be decompressed: it is of another kind, damaged, or ends early.",
  ERR_COMPRESSION_LIMIT: "Compressed content grows past a limit on its size or its ratio.",
  ERR_DOCUMENT_UNREADABLE: "A document that is to be changed is not a strict JSON object.",
  ERR_IMAGE_INVALID: "A manifest is not that of an image, or the layers of an image and its config do not agree.",
  ERR_IMAGE_BASE: "An image is not built on the base that was given, or a new base is for another platform.",
  ERR_IMAGE_DIFF_ID: "The plain content of a layer is not what the config of its image says.",
} as const;

/** A code of an error that this room throws. */
export type ContentErrorCode = keyof typeof ERRORS;
