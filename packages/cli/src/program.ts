/**
 * The `teu` command, as a function: `main.ts` calls it when sources run, `start/launcher.ts` when they are packed.
 * @module
 */
import { COMMANDS } from "./commands.ts";
import { processHost } from "./host.ts";
import { run } from "./run.ts";

/** Runs the command line of this process and leaves its exit code with the process. */
export async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), COMMANDS, processHost());
}
