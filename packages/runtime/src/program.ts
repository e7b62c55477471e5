/**
 * The program `teu-runtime`, from its words to its end.
 * @module
 */
import { exitNow } from "@teu/kernel/processes";
import { ignoreBrokenPipes } from "@teu/kernel/signals";
import { Args } from "./cli/args.ts";
import { runNamed } from "./cli/commands.ts";
import { helpText, isCommand } from "./cli/help.ts";
import { GLOBAL_OPTIONS, Session } from "./cli/session.ts";
import { commandLine, sealIfEntering } from "./container/seal.ts";
import { asFailure } from "./failure.ts";
import { VERSION_TEXT } from "./version.ts";

/** Does what the words of this process say, and ends it. */
export function start(): void {
  ignoreBrokenPipes();
  exitNow(main(commandLine()));
}

function main(words: readonly string[]): number {
  try {
    sealIfEntering(words);
    return run(new Args(words, GLOBAL_OPTIONS));
  } catch (error) {
    sessionOf(words).fail(asFailure(error));
    return 1;
  }
}

function run(args: Args): number {
  const session = new Session(args);
  if (args.flag("version")) {
    session.print(VERSION_TEXT);
    return 0;
  }
  const [name = "", ...rest] = args.rest;
  const asksForHelp = args.flag("help") || name === "" || isHelp(rest[0] ?? "");
  if (!asksForHelp || (name !== "" && !isCommand(name))) return runNamed(session, name, rest);
  session.print(helpText(name));
  return 0;
}

// Where the options themselves are wrong there is no log to write to.
function sessionOf(words: readonly string[]): Session {
  try {
    return new Session(new Args(words, GLOBAL_OPTIONS));
  } catch {
    return new Session(new Args([], GLOBAL_OPTIONS));
  }
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-help" || word === "-h";
}
