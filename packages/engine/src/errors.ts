/**
 * The codes of errors that this room throws.
 * @module
 */

/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_CONTAINER_NAME: "The name of a container is taken or is no valid name.",
  ERR_CONTAINER_OPTION: "An option of a container has a value that cannot be read or cannot be had here.",
  ERR_CONTAINER_RUNS: "The container runs, and what was asked needs one that does not.",
  ERR_CONTAINER_START: "The container could not be made or started; the detail has its exit code.",
  ERR_CONTAINER_STOPPED: "The container does not run, and what was asked needs one that does.",
  ERR_CONTAINER_UNKNOWN: "There is no container of this name or id, or there are several.",
  ERR_ENGINE_PROGRAM: "A program that the engine needs is not there or does not work.",
  ERR_IMAGE_ENCRYPTED: "The layers of the image are encrypted.",
  ERR_IMAGE_PLATFORM: "The image is for another platform.",
  ERR_IMAGE_UNKNOWN: "There is no image of this name or id in the store.",
  ERR_IMAGE_USED: "A container was made of the image, so it stays.",
  ERR_CONTAINER_NETWORK: "A network could not be set up, or there is none of this name.",
  ERR_PATH_IN_CONTAINER: "A path in a container does not exist or is not of the kind that was asked for.",
} as const;

/** A code of an error that this room throws. */
export type EngineErrorCode = keyof typeof ERRORS;
