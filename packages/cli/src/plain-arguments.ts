/**
 * Options and operands in the forms that most are given in. Node reads every form, but its parser is loaded at every start that
 * asks for it.
 * @module
 */
import type { Option } from "./command.ts";

/** The values of options by name. */
export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** What Node's `parseArgs` answers. */
export interface Parsed {
  readonly values: Values;
  readonly positionals: readonly string[];
}

/**
 * Reads operands, and options as words of their own: `--name`, `--name VALUE` and `-x` alike. Nothing if there is any other
 * form, or a mistake: Node says of these what they mean.
 */
export function parsePlain(words: readonly string[], options: Readonly<Record<string, Option>>): Parsed | undefined {
  const values: Record<string, string | boolean | readonly string[]> = Object.create(null);
  const positionals: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const name = isOption(word) ? nameOf(word, options) : undefined;
    if (name === undefined && isOption(word)) return undefined;
    if (name === undefined) positionals.push(word);
    else if (options[name]?.type === "boolean") values[name] = true;
    else {
      at += 1;
      const value = words[at];
      if (value === undefined || value.startsWith("-")) return undefined;
      values[name] = options[name]?.multiple === true ? [...listOf(values[name]), value] : value;
    }
  }
  return { values, positionals };
}

function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith("-");
}

/** The option that a word is, if that is all that it is. */
function nameOf(word: string, options: Readonly<Record<string, Option>>): string | undefined {
  const name = word.slice(2);
  if (word.startsWith("--")) return Object.hasOwn(options, name) ? name : undefined;
  return word.length === 2 ? Object.keys(options).find((each) => options[each]?.short === word.slice(1)) : undefined;
}

function listOf(value: string | boolean | readonly string[] | undefined): readonly string[] {
  return Array.isArray(value) ? value : [];
}
