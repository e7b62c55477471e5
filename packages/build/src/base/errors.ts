/**
 * The codes of errors of bases; the room's `errors.ts` has them too.
 * @module
 */

/** The codes, with what each means. */
export const BASE_ERRORS = {
  ERR_APT_SOURCES: "The sources of packages cannot be read or used, or there are none. `detail.file` says where.",
  ERR_APT_ARCHIVE: "The Release file or the index of an archive of packages is malformed or lacks what is needed.",
  ERR_ARCHIVE_SIGNATURE: "The Release file of an archive of packages is not signed by a key that is trusted for it.",
  ERR_ARCHIVE_STALE: "The Release file of an archive is expired, from the future, or older than one seen before.",
  ERR_BASE_CACHE: "The folder for downloads and bases cannot be used: the disk is full, or access is denied.",
  ERR_BASE_LOCK: "A lock file of a base is malformed, or does not fit what is asked for.",
  ERR_BASE_NODE: "The npm registry has no package of Node.js that fits, or what it says of it is malformed.",
  ERR_BASE_OPTION: "What is asked of a base is malformed or contradicts itself.",
  ERR_BASE_SCRIPT: "A package has a maintainer script whose effects are not known, so it is not left out in silence.",
  ERR_DEB_CONFLICT:
    "Packages cannot be together in one base. `detail.reasons` says which and why, where they are chosen.",
  ERR_DEB_INVALID: "A Debian package is damaged, ends early, or has files that must not be unpacked.",
  ERR_DEB_MISSING: "No archive has a package that is asked for or needed. `detail.reasons` says which.",
  ERR_DOWNLOAD: "A file cannot be downloaded. `detail.status` is the answer's status, if there was an answer.",
  ERR_DOWNLOAD_HASH: "A downloaded file has another size or hash than it must have.",
  ERR_XZ_INVALID: "Content compressed with xz is damaged, ends early, or uses what is not supported.",
} as const;

/** A code of an error of bases. */
export type BaseErrorCode = keyof typeof BASE_ERRORS;
