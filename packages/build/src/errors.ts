/**
 * The codes of this room's errors.
 * @module
 */
import { BASE_ERRORS } from "./base/errors.ts";

/** Codes of errors of building applications. */
export const APPLICATION_ERRORS = {
  ERR_BUILD_BASE: "There is no base to build on, or it is for another platform than the image.",
  ERR_BUILD_CACHE: "The cache of builds cannot be read or written.",
  ERR_BUILD_COMMAND: "A command of the project failed or cannot be started. `detail.code` is its exit code.",
  ERR_BUILD_OVERRIDES: "The file of overrides cannot be understood.",
  ERR_BUILD_SCRIPTS: "Packages have install scripts that are to be run, and there is nobody to run them.",
  ERR_BUILD_SOURCE: "A file of the application cannot be read, or changed while it was read.",
  ERR_BUILD_START: "Nothing says how the application is started, or what it says is missing.",
  ERR_BUILD_UNKNOWN: "A folder holds nothing that is known to be an application.",
  ERR_IGNORE_INVALID: "A pattern of a .dockerignore file is malformed.",
  ERR_LOCKFILE_INVALID: "A lockfile is broken, or of a version that is not known.",
  ERR_LOCKFILE_MISSING: "An application has dependencies and no lockfile that pins them.",
  ERR_LOCKFILE_STALE: "A lockfile does not have what the application asks for.",
  ERR_NPM_CONFIG: "The configuration of npm cannot be understood.",
  ERR_PIP_CONFIG: "The configuration of pip cannot be understood, or names no index.",
  ERR_PACKAGE_FETCH: "A package cannot be fetched from its registry.",
  ERR_PACKAGE_INTEGRITY: "A package is not what the lockfile says, or the lockfile has nothing to hold it against.",
  ERR_PACKAGE_INVALID: "A package is no archive that can be unpacked safely.",
  ERR_PACKAGE_PLATFORM: "A package does not run on the platform of the image, and is not optional.",
  ERR_PACKAGE_SOURCE: "A package comes from where it cannot be had with its content pinned.",
} as const;

/** The codes of errors that this room throws, with what each means. */
export const ERRORS: typeof BASE_ERRORS & typeof APPLICATION_ERRORS = { ...BASE_ERRORS, ...APPLICATION_ERRORS };

/** A code of an error that this room throws. */
export type BuildErrorCode = keyof typeof ERRORS;
