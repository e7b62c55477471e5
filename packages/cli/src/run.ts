/**
 * Runs one command line from its words to its exit code.
 * @module
 */
import { readFileSync } from "node:fs";
import { isTeuError } from "@teu/std/error";
import { printable } from "@teu/std/redact";
import { findCommand, readArguments, splitWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { commandHelp, groupHelp, overview } from "./help.ts";
import type { Host } from "./host.ts";
import { isStale } from "./start/stamp.ts";

/** Runs the command that `words` name. Errors become messages on standard error. */
export async function run(words: readonly string[], commands: readonly Command[], host: Host): Promise<ExitCode> {
  const [first] = words;
  if (first === undefined || first === "help" || first === "--help" || first === "-h")
    return help(words.slice(1), commands, host);
  if (first === "version" || first === "--version" || first === "-v") return print(host, `teu ${version()}\n`);
  const found = findCommand(words, commands);
  if (found === undefined) return unknown(words, commands, host);
  if (asksForHelp(splitWords(found.command, found.rest)[0])) return print(host, commandHelp(found.command));
  return await perform(found, host);
}

async function perform({ command, rest }: { command: Command; rest: string[] }, host: Host): Promise<ExitCode> {
  try {
    const invocation = readArguments(command, rest);
    const action = await command.load();
    return await action(invocation, host);
  } catch (error) {
    // Nothing was done yet: the launcher starts anew, from the sources.
    if (isStale(error)) throw error;
    const code = explain(error, host);
    return code === EXIT.interrupted ? code : (command.exitCodeOf?.(error) ?? code);
  }
}

function help(words: readonly string[], commands: readonly Command[], host: Host): ExitCode {
  const found = findCommand(words, commands);
  if (found !== undefined) return print(host, commandHelp(found.command));
  const [word = ""] = words;
  const group = groupOf(word, commands);
  return print(host, group.length > 0 ? groupHelp(word, group) : overview(commands));
}

function groupOf(word: string, commands: readonly Command[]): readonly Command[] {
  return commands.filter(({ name }) => name.startsWith(`${word} `));
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return words.slice(0, end < 0 ? undefined : end).some((word) => word === "--help" || word === "-h");
}

function print(host: Host, text: string): ExitCode {
  host.out(text);
  return EXIT.ok;
}

function unknown(words: readonly string[], commands: readonly Command[], host: Host): ExitCode {
  const [word = "", next] = words;
  const group = groupOf(word, commands);
  if (group.length > 0 && (next === "--help" || next === "-h")) return print(host, groupHelp(word, group));
  host.note(`teu: there is no command "${printable(words.slice(0, group.length > 0 ? 2 : 1).join(" "))}"`);
  if (group.length > 0)
    host.note(`teu: ${word} has: ${group.map(({ name }) => name.split(" ").slice(1).join(" ")).join(", ")}`);
  host.note("teu: teu --help lists the commands");
  return EXIT.usage;
}

/** Prints an error for people: what failed, what led to it, what to do next. TEU_DEBUG=1 adds where it came from. */
function explain(error: unknown, host: Host): ExitCode {
  if (host.signal.aborted) {
    host.note("teu: interrupted");
    return EXIT.interrupted;
  }
  host.note(`teu: ${error instanceof Error ? printable(error.message) : String(error)}`);
  if (isTeuError(error) && error.hint !== undefined) host.note(`teu: ${error.hint}`);
  if (!isTeuError(error) && error instanceof Error) host.note("teu: TEU_DEBUG=1 shows where this came from");
  if (host.env["TEU_DEBUG"] !== undefined && error instanceof Error) host.note(printable(error.stack ?? ""));
  return isTeuError(error, "ERR_USAGE") || isTeuError(error, "ERR_PLACE_INVALID") ? EXIT.usage : EXIT.failed;
}
