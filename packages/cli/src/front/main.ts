/**
 * `teu-front`: commands that are short and asked for often, without Node. They are the sources that Node runs; `node/` stands
 * in for what they ask of Node, and what is not there is left to Node, which then does the command from the start.
 *
 *     teu-front [--clone ROOT] NODE [OPTION…] LAUNCHER -- WORD…
 *
 * In a clone, whose sources may have changed since this program was built, Node takes over where they have.
 * @module
 */
// oxlint-disable-next-line import/no-unassigned-import -- it makes what all others find in every scope
import "./globals.ts";
import { exitNow } from "@teu/kernel/processes";
import { expectCryptography } from "@teu/content/hash";
import { readFile } from "@teu/kernel/files";
import { CLIENT_COMMANDS } from "../commands/client/table.ts";
import { TRUST_COMMANDS } from "../commands/trust/table.ts";
import { processHost } from "../host.ts";
import { run } from "../run.ts";
import { checkClone } from "./clone.ts";
import { prepareHandOver } from "./hand-over.ts";
import { turn as goOn } from "./loop.ts";

/** Goes on with the command, whose end is that of the process. */
export function turn(): boolean {
  return goOn() || fail(new Error("The command has not ended, and waits for nothing"));
}

// The stand-in for it hashes at once.
expectCryptography();

const SIGPIPE = 13;
const SIGXFSZ = 25;
const FAULT = 70;

/** Begins the command. What follows happens in turns. */
export function start(): void {
  const [, ...given] = readFile("/proc/self/cmdline").split("\0").slice(0, -1);
  const clone = given[0] === "--clone" ? given.splice(0, 2)[1] : undefined;
  const end = given.indexOf("--");
  const words = given.slice(end + 1);
  prepareHandOver(given.slice(0, end), words);
  // A reader that has left, and a file that may not grow, are told of by the call that writes.
  sys_ignore_signal(SIGPIPE);
  sys_ignore_signal(SIGXFSZ);
  if (clone !== undefined) checkClone(clone);
  process.argv = ["node", "teu", ...words];
  void run(words, words[0] === "verify" ? TRUST_COMMANDS : CLIENT_COMMANDS, processHost()).then(exitNow, fail);
}

function fail(error: unknown): never {
  const text = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
  sys_write_text(2, `teu: ${text}\n`);
  return process.exit(FAULT);
}
