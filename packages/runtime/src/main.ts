/**
 * The program `teu-runtime`.
 * @module
 */
import { readFile } from "@teu/kernel/files";
import { exitNow } from "@teu/kernel/processes";
import { ignoreBrokenPipes } from "@teu/kernel/signals";
import { Args } from "./cli/args.ts";
import { runNamed } from "./cli/commands.ts";
import { helpText, isCommand } from "./cli/help.ts";
import { GLOBAL_OPTIONS, Session } from "./cli/session.ts";
import { sealSelf } from "./container/seal.ts";
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
    const [name = "", ...rest] = args.rest;
    if (ENTERING.includes(name)) sealSelf(["teu-runtime", ...words]);
    const asksForHelp = args.flag("help") || name === "" || isHelp(rest[0] ?? "");
    if (!asksForHelp || (name !== "" && !isCommand(name))) return runNamed(session, name, rest);
    session.print(helpText(name));
    return 0;
  } catch (error) {
    session.fail(asFailure(error));
    return 1;
  }
}

// The commands whose processes enter containers.
const ENTERING: readonly string[] = ["create", "run", "exec"];

function isHelp(word: string): boolean {
  return word === "--help" || word === "-help" || word === "-h";
}

// The words as bytes that every build reads alike. Each ends in NUL.
function commandLine(): string[] {
  return readFile("/proc/self/cmdline").split("\0").slice(1, -1);
}

ignoreBrokenPipes();
exitNow(main(commandLine()));
