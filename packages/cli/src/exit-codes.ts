/**
 * What the exit code of `teu` means.
 * @module
 */

/** Exit codes of every command; a command with more of its own says so in its help. */
export const EXIT = {
  ok: 0,
  /** The work failed, or a check found something wrong. */
  failed: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** `run` and `exec`: teu itself failed, as docker has it. */
  engineFailed: 125,
  /** `run` and `exec`: the program could not be started. */
  notExecutable: 126,
  /** `run` and `exec`: the program was not found. */
  notFound: 127,
  /** Interrupted by Ctrl-C. */
  interrupted: 130,
} as const;

/** One of the codes above, or the exit code of a container's program. */
export type ExitCode = number;
