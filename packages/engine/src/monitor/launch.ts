/**
 * Starts programs from the monitor, which keeps signals back and has descriptors that are nobody else's business.
 * @module
 */
import { STDERR, STDIN, STDOUT, close, closeOnExecFrom, duplicate, writeText } from "@teu/kernel/descriptors";
import { errnoText } from "@teu/kernel/errno";
import { CWD, O_RDWR, open, openAt, readFile } from "@teu/kernel/files";
import { CLONE_NEWNS, joinNamespace } from "@teu/kernel/namespaces";
import { PR_SET_PDEATHSIG, clone, exitNow, tryControl, tryExec } from "@teu/kernel/processes";
import { SIGKILL, resetSignals } from "@teu/kernel/signals";

const FIRST_PRIVATE = 3;
const NOT_STARTED = 127;

/** The standard streams of a program. */
export interface Streams {
  readonly input: number;
  readonly output: number;
  readonly error: number;
}

/**
 * Starts a program, which ends with this process; returns its pid. One that cannot be started ends with 127, and says why
 * on its standard error.
 * @param mounts the mount namespace for it, open; -1 for this process's own
 * @throws SysError
 */
export function launch(words: readonly string[], streams: Streams, mounts: number = -1): number {
  const path = words[0] ?? "";
  const child = clone(0);
  close(child.pidfd);
  if (child.pid !== 0) return child.pid;
  // A runtime that went on alone would make a container of which nobody knows.
  tryControl(PR_SET_PDEATHSIG, [SIGKILL]);
  if (mounts >= 0) joinNamespace(mounts, CLONE_NEWNS, "the mount namespace of the host");
  // The order matters: none of the three may be overwritten before it was copied.
  duplicate(streams.input, STDIN);
  duplicate(streams.output, STDOUT);
  duplicate(streams.error, STDERR);
  closeOnExecFrom(FIRST_PRIVATE);
  resetSignals();
  const result = tryExec(path, words, environment());
  writeText(STDERR, `${path}: ${errnoText(-result)}\n`, "");
  exitNow(NOT_STARTED);
  return 0;
}

/** The variables of this process, as it was started. */
export function environment(): string[] {
  return readFile("/proc/self/environ").split("\0").slice(0, -1);
}

/** A descriptor that reads nothing and takes everything. @throws SysError */
export function openNull(): number {
  return open("/dev/null", O_RDWR);
}

/** Opens a file below a folder for a program's messages. @throws SysError */
export function openMessages(path: string, flags: number): number {
  return openAt(CWD, path, flags, 0o600);
}
