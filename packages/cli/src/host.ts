/**
 * What a command sees of the process it runs in. Tests hand in their own.
 * @module
 */

/** Streams, environment and interruption of one invocation. */
export interface Host {
  /** Writes a piece of the result. */
  readonly out: (text: string) => void;
  /** Writes a line of progress or a message. */
  readonly note: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Fires on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
}

/** The host of the process itself. */
export function processHost(): Host {
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => interrupt.abort(new Error(`Interrupted by ${name}`)));
  // A reader that leaves early, such as head, is no fault.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  return {
    out: (text) => void process.stdout.write(text),
    note: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    cwd: process.cwd(),
    signal: interrupt.signal,
  };
}
