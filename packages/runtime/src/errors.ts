/** The codes of errors that this room's API for Node throws, with what each means. The programs have exit codes. */
export const ERRORS = {
  ERR_RUNTIME_PROGRAM: "The program of the runtime cannot be run.",
  ERR_RUNTIME_ANSWER: "The runtime printed what cannot be understood. `detail` has the text.",
  ERR_RUNTIME_FAILED:
    "The runtime refused or failed, for none of the reasons that have a code of their own. `detail` has `operation`, `subject` and `errno` where the kernel refused.",
  ERR_CONTAINER_CONFIG: "A field of a container's configuration led to a failure. `detail.field` names it.",
  ERR_CONTAINER_MISSING: "There is no container with this id.",
  ERR_CONTAINER_EXISTS: "There is a container with this id already.",
  ERR_CONTAINER_STATE: "The container is in no state for what is asked, as starting one that has stopped.",
} as const;

/** A code of {@link ERRORS}. */
export type RuntimeErrorCode = keyof typeof ERRORS;
