/**
 * The program `teu-runtime`.
 * @module
 */
import { readFile } from "@teu/kernel/files";
import { exitNow } from "@teu/kernel/processes";
import { ignoreBrokenPipes } from "@teu/kernel/signals";
import { Args } from "./cli/args.ts";
import { runNamed } from "./cli/commands.ts";
import { GLOBAL_OPTIONS, Session } from "./cli/session.ts";
import { asFailure } from "./failure.ts";
import { VERSION_TEXT } from "./version.ts";

function main(words: readonly string[]): number {
  let session = new Session(new Args([], GLOBAL_OPTIONS));
  try {
    const args = new Args(words, GLOBAL_OPTIONS);
    session = new Session(args);
    if (args.flag("version")) {
      session.print(VERSION_TEXT);
      return 0;
    }
    return runNamed(session, args.rest[0] ?? "", args.rest.slice(1));
  } catch (error) {
    session.fail(asFailure(error));
    return 1;
  }
}

// The words as bytes that every build reads alike. Each ends in NUL.
function commandLine(): string[] {
  return readFile("/proc/self/cmdline").split("\0").slice(1, -1);
}

ignoreBrokenPipes();
exitNow(main(commandLine()));
