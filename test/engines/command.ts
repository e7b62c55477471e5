/**
 * Running the programs of engines: to their end, within a time, with what they print.
 * @module
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** What a program answered. `code` is 137 and the like where a signal ended it, as a shell has it. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Runs the program at a new terminal. Both of its outputs are then in `stdout`. */
  readonly terminal?: boolean;
}

const TIMEOUT_MS = 30_000;
const TIMED_OUT = 124;

/** Runs a program to its end. Never fails: what went wrong is in the answer. */
export async function command(argv: readonly string[], options: CommandOptions = {}): Promise<Answer> {
  const [program = "", ...args] = options.terminal === true ? atTerminal(argv) : argv;
  const child = spawn(program, args, { env: { ...process.env, ...options.env }, stdio: "pipe", timeout: TIMEOUT_MS });
  child.stdin.on("error", () => undefined);
  // The end of its input would be typed into the terminal.
  if (options.terminal !== true) child.stdin.end(options.input ?? "");
  const ended = new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("exit", () => child.stdin.destroy());
    child.on("close", (code) => resolve(code ?? TIMED_OUT));
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

// script(1) gives its command a terminal of its own and passes on its exit code.
function atTerminal(argv: readonly string[]): string[] {
  const line = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return ["script", "-qec", line, "/dev/null"];
}
