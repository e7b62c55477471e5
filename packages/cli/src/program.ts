/**
 * The `teu` command, as a function: `main.ts` calls it when sources run, `start/launcher.ts` when they are packed.
 * @module
 */
import { commandsFor } from "./command-families.ts";
import { processHost } from "./host.ts";
import { run } from "./run.ts";

/** Runs the command line of this process and leaves its exit code with the process. */
export async function main(): Promise<void> {
  const words = process.argv.slice(2);
  process.exitCode = await run(words, await commandsFor(words[0]), processHost());
}
