/**
 * What the values of HTTP fields are made of: tokens, quoted strings, parameters and lists (RFC 9110 section 5.6). Every
 * reader of a header in this folder stands on it, so that they all take linear time and bounded memory.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { SpecErrorCode } from "../errors.ts";

/** Longest value of a field, several lines together, in characters. Node refuses requests with more headers than this. */
export const MAX_FIELD_LENGTH = 16_384;

/** The value of a field: one line, or several in their order. */
export type FieldValue = string | readonly string[];

/** The value as one line. Only for fields whose lines make one list. */
export function joinLines(value: FieldValue): string {
  return typeof value === "string" ? value : value.join(", ");
}

/** A place in the value of the field `name`. Methods that read move on behind what they read. */
export class FieldReader {
  readonly name: string;
  readonly text: string;
  position = 0;

  /** @throws TeuError `ERR_HEADER_INVALID` if the value is longer than {@link MAX_FIELD_LENGTH}. */
  constructor(name: string, value: FieldValue) {
    this.name = name;
    this.text = joinLines(value);
    if (this.text.length > MAX_FIELD_LENGTH) {
      throw fieldError(name, this.text, `${this.text.length} characters, expected at most ${MAX_FIELD_LENGTH}`);
    }
  }

  get done(): boolean {
    return this.position >= this.text.length;
  }

  /** The next character; empty at the end. */
  get next(): string {
    return this.text.charAt(this.position);
  }

  /** Skips spaces and tabs. */
  skipSpace(): this {
    this.position = skip(this.text, this.position, SPACE);
    return this;
  }

  /** Skips spaces and the commas between the elements of a list. */
  skipCommas(): this {
    this.position = skip(this.text, this.position, SPACE_OR_COMMA);
    return this;
  }

  /** Steps over `character` if it is next. */
  take(character: string): boolean {
    if (this.next !== character) return false;
    this.position += 1;
    return true;
  }

  /** Reads a token; empty if none is next. */
  token(): string {
    return this.#read(skip(this.text, this.position, TOKEN));
  }

  /** Reads up to one of `ends` or the end of the value. */
  until(ends: string): string {
    let end = this.position;
    while (end < this.text.length && !ends.includes(this.text.charAt(end))) end += 1;
    return this.#read(end);
  }

  #read(end: number): string {
    const text = this.text.slice(this.position, end);
    this.position = end;
    return text;
  }

  /**
   * Reads a quoted string, whose opening quote is next.
   * @throws TeuError `ERR_HEADER_INVALID` if it has no end or holds a control character.
   */
  quoted(): string {
    const opening = this.position;
    let text = "";
    this.position += 1;
    while (!this.take('"')) {
      text += this.until('"\\');
      if (this.take("\\")) text += this.text.charAt(this.position++);
      if (this.done) throw this.error(`a quoted string without an end at ${opening}`);
    }
    if (CONTROL.test(text)) throw this.error(`a control character in the quoted string at ${opening}`);
    return text;
  }

  /** Reads a quoted string, or what stands up to one of `ends`, without spaces behind it. */
  quotedOrUntil(ends: string): string {
    return this.next === '"' ? this.quoted() : this.until(ends).trimEnd();
  }

  /** The error to throw where `problem` was found. */
  error(problem: string): TeuError<SpecErrorCode> {
    return fieldError(this.name, this.text, problem);
  }
}

/** The error for a `value` of the field `name` that is not what it should be. */
export function fieldError(name: string, value: FieldValue, problem: string): TeuError<SpecErrorCode> {
  return new TeuError("ERR_HEADER_INVALID", `Reading header ${name} ${shown(joinLines(value))}: ${problem}`);
}

/** The error for a `text` that the field `name` cannot hold. */
export function unwritable(name: string, text: string, problem: string): TeuError<SpecErrorCode> {
  return new TeuError("ERR_HEADER_INVALID", `Writing header ${name} ${shown(text)}: ${problem}`);
}

function shown(text: string): string {
  return JSON.stringify(text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH)}…`);
}

const SHOWN_LENGTH = 160;
const SPACE = characterSet(" \t");
const SPACE_OR_COMMA = characterSet(" \t,");
const TOKEN = characterSet("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const UNQUOTABLE = /[^\t\u0020-\u007e\u0080-\u00ff]/;

function characterSet(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}

function skip(text: string, start: number, set: ReadonlySet<number>): number {
  let end = start;
  while (set.has(text.charCodeAt(end))) end += 1;
  return end;
}

/** Tells whether `text` is a token: a word that a field may hold without quotes. */
export function isToken(text: string): boolean {
  return text !== "" && skip(text, 0, TOKEN) === text.length;
}

/**
 * Puts `text` in quotes, for the field `name`.
 * @throws TeuError `ERR_HEADER_INVALID` if it holds a control character or one beyond U+00FF, which no field can.
 */
export function quote(name: string, text: string): string {
  if (UNQUOTABLE.test(text)) throw unwritable(name, text, "a character that no header can hold");
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * Reads a list of tokens with commas between them; empty elements do not count.
 * @throws TeuError `ERR_HEADER_INVALID`
 */
export function parseTokenList(name: string, value: FieldValue): string[] {
  const reader = new FieldReader(name, value).skipCommas();
  const tokens: string[] = [];
  while (!reader.done) {
    const token = reader.token();
    if (token === "") throw reader.error(`${JSON.stringify(reader.next)} at ${reader.position}, expected a token`);
    tokens.push(token);
    reader.skipSpace();
    if (!reader.done && reader.next !== ",") throw reader.error(`no comma at ${reader.position}`);
    reader.skipCommas();
  }
  return tokens;
}
