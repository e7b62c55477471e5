/**
 * From words on the command line to a command and its invocation.
 * @module
 */
import { parseArgs } from "node:util";
import { TeuError } from "@teu/std/error";
import type { Command, Invocation } from "./command.ts";
import type { CliErrorCode } from "./errors.ts";
import { type Parsed, type Values, parsePlain } from "./plain-arguments.ts";

/** The command that `words` begin with, and the words after its name; the longest name wins. */
export function findCommand(
  words: readonly string[],
  commands: readonly Command[],
): { command: Command; rest: string[] } | undefined {
  const matching = commands.filter(({ name }) => `${words.join(" ")} `.startsWith(`${name} `));
  const command = matching.toSorted((a, b) => b.name.length - a.name.length)[0];
  return command === undefined ? undefined : { command, rest: words.slice(command.name.split(" ").length) };
}

/**
 * Reads the options and operands of `command`.
 * @throws TeuError `ERR_USAGE` for an option it does not have, a value that is missing, or the wrong number of operands.
 */
export function readArguments(command: Command, words: readonly string[]): Invocation {
  const [own, verbatim] = splitWords(command, words);
  const { values, positionals: read } = parse(command, own);
  const positionals = [...read, ...verbatim];
  const [least, most] = command.count;
  if (positionals.length < least) throw usage(command, `needs ${command.operands}`);
  if (positionals.length > most) throw usage(command, `does not take "${positionals[most]}"`);
  return {
    operands: positionals,
    option: (name) => one(values[name]),
    options: (name) => all(values[name]),
    flag: (name) => values[name] === true,
  };
}

/** The words that are the command's own, and those behind an operand from which on none is. */
export function splitWords(
  command: Command,
  words: readonly string[],
): [own: readonly string[], verbatim: readonly string[]] {
  const { verbatimFrom } = command;
  if (verbatimFrom === undefined) return [words, []];
  if (verbatimFrom === 0) return [[], words];
  let operands = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--") return [words.slice(0, at), words.slice(at + 1)];
    if (word.startsWith("-") && word !== "-") at += takesNext(command, word) ? 1 : 0;
    else operands += 1;
    if (operands === verbatimFrom) return [words.slice(0, at + 1), words.slice(at + 1)];
  }
  return [words, []];
}

/** Whether the word behind an option is its value. */
function takesNext({ options }: Command, word: string): boolean {
  if (word.startsWith("--")) return !word.includes("=") && options[word.slice(2)]?.type === "string";
  const letters = word.slice(1);
  const shorts = new Map(Object.values(options).map(({ short, type }) => [short, type]));
  const at = letters.split("").findIndex((letter) => shorts.get(letter) === "string");
  return at >= 0 && at === letters.length - 1;
}

function parse(command: Command, words: readonly string[]): Parsed {
  return parsePlain(words, command.options) ?? parseFully(command, words);
}

function parseFully(command: Command, words: readonly string[]): Parsed {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node adds advice about its own API in further sentences.
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw usage(command, `got a wrong option: ${first}`);
  }
}

function one(value: Values[string]): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function all(value: Values[string]): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function usage(command: Command, problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `teu ${command.name} ${problem}`, {
    hint: `teu ${command.name} --help shows how it is used`,
  });
}
