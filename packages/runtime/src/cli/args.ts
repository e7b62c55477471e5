/**
 * Options of a command line, as runc takes them: `--name value`, `--name=value`, with one dash or two, up to the first
 * word that is none.
 * @module
 */
import { Failure } from "../failure.ts";

/** What options a command has. Names are without dashes; a short name stands for the long one. */
export interface OptionNames {
  /** Options without a value. */
  readonly flags: readonly string[];
  /** Options with a value. */
  readonly values: readonly string[];
  /** `short=long`. */
  readonly short: readonly string[];
}

/** A wrong command line. */
export class UsageError extends Failure {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** The options that were given, and the words after them. */
export class Args {
  private readonly given: Map<string, string[]> = new Map<string, string[]>();
  rest: readonly string[] = [];

  constructor(words: readonly string[], names: OptionNames) {
    let at = 0;
    while (at < words.length) {
      const word = words[at] ?? "";
      if (word === "--") {
        at += 1;
        break;
      }
      if (!word.startsWith("-") || word === "-") break;
      at += this.take(word, words[at + 1], names);
    }
    this.rest = words.slice(at);
  }

  // Returns how many words the option took.
  private take(word: string, next: string | undefined, names: OptionNames): number {
    const equals = word.indexOf("=");
    const dashed = equals < 0 ? word : word.slice(0, equals);
    const name = longName(dashed.replace(/^--?/, ""), names);
    if (names.flags.includes(name)) {
      this.add(name, equals < 0 ? "true" : flagValue(word, equals));
      return 1;
    }
    if (!names.values.includes(name)) throw new UsageError(`flag provided but not defined: -${name}`);
    if (equals >= 0) {
      this.add(name, word.slice(equals + 1));
      return 1;
    }
    if (next === undefined) throw new UsageError(`flag needs an argument: -${name}`);
    this.add(name, next);
    return 2;
  }

  private add(name: string, value: string): void {
    const values = this.given.get(name);
    if (values === undefined) this.given.set(name, [value]);
    else values.push(value);
  }

  flag(name: string): boolean {
    return this.value(name, "false") === "true";
  }

  /** The last value given, or `otherwise`. */
  value(name: string, otherwise: string): string {
    const values = this.given.get(name) ?? [];
    return values[values.length - 1] ?? otherwise;
  }

  values(name: string): readonly string[] {
    return this.given.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.given.has(name);
  }

  /** A value that is a whole number from 0 on. @throws UsageError */
  count(name: string, otherwise: number): number {
    if (!this.has(name)) return otherwise;
    const value = this.value(name, "");
    if (!/^[0-9]{1,9}$/.test(value))
      throw new UsageError(`invalid value ${JSON.stringify(value)} for flag -${name}: expected a whole number`);
    return Number(value);
  }

  /** The words after the options, of which there must be `min` to `max`. @throws UsageError */
  operands(command: string, min: number, max: number): readonly string[] {
    if (this.rest.length >= min && this.rest.length <= max) return this.rest;
    const count =
      min === max ? `exactly ${min}` : this.rest.length < min ? `a minimum of ${min}` : `a maximum of ${max}`;
    throw new UsageError(`${command} requires ${count} argument(s)`);
  }
}

function longName(name: string, names: OptionNames): string {
  const pair = names.short.find((entry) => entry.startsWith(`${name}=`));
  return pair === undefined ? name : pair.slice(name.length + 1);
}

function flagValue(word: string, equals: number): string {
  const value = word.slice(equals + 1);
  if (["true", "1", "t", "T", "TRUE", "True"].includes(value)) return "true";
  if (["false", "0", "f", "F", "FALSE", "False"].includes(value)) return "false";
  throw new UsageError(`invalid boolean value ${JSON.stringify(value)} for ${word.slice(0, equals)}`);
}
