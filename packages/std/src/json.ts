/**
 * A strict JSON reader whose values know their place, so that a wrong one can be named: `process.args[1]: expected a
 * string, got number`. It accepts I-JSON (RFC 7493): unique names, no lone surrogates; integers keep all their digits.
 *
 * Written in the native subset, because the native programs share it: hence its own error class, and text as input.
 * @module
 */

import { Json, JsonError, NO_FIELDS, NO_ITEMS, fieldPath } from "./internal/json-tree.ts";

export { Json, JsonError, type JsonKind, fieldPath, isInteger } from "./internal/json-tree.ts";

/** Bounds of a document. */
export interface JsonLimits {
  /** Longest document, in UTF-16 code units. */
  readonly maxLength: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
  /** Most values, those inside others included; each takes about 100 bytes of memory. Default: 500,000. */
  readonly maxValues?: number;
}

/** Room for every OCI document: 4 Mi code units, 64 levels, 500,000 values. */
export const DEFAULT_JSON_LIMITS: JsonLimits = { maxLength: 4 * 1024 * 1024, maxDepth: 64 };

const DEFAULT_MAX_VALUES = 500_000;

/**
 * Reads one JSON document.
 * @param isPlain True where the caller has seen that `text` has printable ASCII and white space alone, and no backslash:
 * engines that interpret find strings sooner then.
 * @throws JsonError with line and column where `text` is not strict JSON or passes a limit.
 */
export function parseJson(text: string, limits: JsonLimits = DEFAULT_JSON_LIMITS, isPlain = false): Json {
  if (text.length > limits.maxLength) {
    throw new JsonError(`the document is too long: ${text.length} characters, at most ${limits.maxLength} are read`);
  }
  return new Parser(text, limits.maxDepth, limits.maxValues ?? DEFAULT_MAX_VALUES, isPlain).document();
}

const MAX_NUMBER_LENGTH = 64;
const ESCAPES = '"\\/bfnrt';
const ESCAPED = '"\\/\b\f\n\r\t';

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = 0xfeff;
const FIRST_HIGH = 0xd800;
const FIRST_LOW = 0xdc00;
const LAST_LOW = 0xdfff;

class Parser {
  private readonly source: string;
  private readonly maxDepth: number;
  private readonly maxValues: number;
  private readonly isPlain: boolean;
  private position = 0;
  private depth = 0;
  private values = 0;

  constructor(source: string, maxDepth: number, maxValues: number, isPlain: boolean) {
    this.source = source;
    this.maxDepth = maxDepth;
    this.maxValues = maxValues;
    this.isPlain = isPlain;
  }

  document(): Json {
    if (this.here() === BYTE_ORDER_MARK) throw this.error("byte order mark, expected none");
    const value = this.value(undefined, "");
    if (!Number.isNaN(this.next())) throw this.error("text after the end of the document");
    return value;
  }

  private value(parent: Json | undefined, key: string | number): Json {
    const code = this.next();
    this.values += 1;
    if (this.values > this.maxValues) throw this.error(`more than ${this.maxValues} values`);
    if (code === OPEN_BRACE) return this.object(parent, key);
    if (code === OPEN_BRACKET) return this.array(parent, key);
    if (code === QUOTE) return new Json("string", this.quoted(), parent, key, NO_ITEMS, NO_FIELDS);
    if (code === LOWER_T) return new Json("boolean", this.word("true"), parent, key, NO_ITEMS, NO_FIELDS);
    if (code === LOWER_F) return new Json("boolean", this.word("false"), parent, key, NO_ITEMS, NO_FIELDS);
    if (code === LOWER_N) return new Json("null", this.word("null"), parent, key, NO_ITEMS, NO_FIELDS);
    return new Json("number", this.number(code), parent, key, NO_ITEMS, NO_FIELDS);
  }

  private object(parent: Json | undefined, key: string | number): Json {
    const fields = new Map<string, Json>();
    const json = new Json("object", "", parent, key, NO_ITEMS, fields);
    this.enter();
    if (this.take(CLOSE_BRACE)) return this.leave(json);
    for (;;) {
      this.field(json, fields);
      if (this.ends(CLOSE_BRACE, "expected a comma or a closing brace")) return this.leave(json);
    }
  }

  private field(object: Json, fields: Map<string, Json>): void {
    if (this.next() !== QUOTE) throw this.error("expected a field name in quotes");
    const start = this.position;
    const name = this.quoted();
    if (fields.has(name)) {
      this.position = start;
      throw this.error(`${fieldPath(object.path, name)} is given twice`);
    }
    if (!this.take(COLON)) throw this.error("expected a colon");
    fields.set(name, this.value(object, name));
  }

  private array(parent: Json | undefined, key: string | number): Json {
    const items: Json[] = [];
    const json = new Json("array", "", parent, key, items, NO_FIELDS);
    this.enter();
    if (this.take(CLOSE_BRACKET)) return this.leave(json);
    for (;;) {
      items.push(this.value(json, items.length));
      if (this.ends(CLOSE_BRACKET, "expected a comma or a closing bracket")) return this.leave(json);
    }
  }

  private enter(): void {
    if (this.depth === this.maxDepth) throw this.error(`nested more than ${this.maxDepth} deep`);
    this.position += 1;
    this.depth += 1;
  }

  /** Steps over a comma, or over `close`, which ends the list. */
  private ends(close: number, problem: string): boolean {
    const code = this.next();
    if (code !== close && code !== COMMA) throw this.error(problem);
    this.position += 1;
    return code === close;
  }

  private leave(json: Json): Json {
    this.depth -= 1;
    return json;
  }

  private word(word: string): string {
    if (!this.source.startsWith(word, this.position)) throw this.error(`expected ${word}`);
    this.position += word.length;
    return word;
  }

  private number(first: number): string {
    if (Number.isNaN(first)) throw this.error("unexpected end of the document");
    if (first !== MINUS && !isDigit(first)) throw this.error(`unexpected character ${this.shown(first)}`);
    const start = this.position;
    if (first === MINUS) this.position += 1;
    if (this.here() === ZERO) this.position += 1;
    else this.digits();
    if (this.here() === POINT) {
      this.position += 1;
      this.digits();
    }
    if (this.here() === LOWER_E || this.here() === UPPER_E) this.exponent();
    if (this.position - start > MAX_NUMBER_LENGTH) {
      throw this.error(`number of more than ${MAX_NUMBER_LENGTH} characters`);
    }
    return this.source.slice(start, this.position);
  }

  private exponent(): void {
    this.position += 1;
    if (this.here() === PLUS || this.here() === MINUS) this.position += 1;
    this.digits();
  }

  private digits(): void {
    if (!isDigit(this.here())) throw this.error("expected a digit");
    while (isDigit(this.here())) this.position += 1;
  }

  /** Reads a string from its opening quote to behind its closing one. */
  private quoted(): string {
    return this.isPlain ? this.plainlyQuoted() : this.anyQuoted();
  }

  /** What can be wrong with a string in plain text: it may have no end, or white space that breaks the line. */
  private plainlyQuoted(): string {
    const start = this.position + 1;
    const end = this.source.indexOf('"', start);
    const text = this.source.slice(start, end < 0 ? this.source.length : end);
    if (end < 0 || text.includes("\n") || text.includes("\t") || text.includes("\r")) return this.anyQuoted();
    this.position = end + 1;
    return text;
  }

  private anyQuoted(): string {
    const { source } = this;
    let text = "";
    let start = this.position + 1;
    let at = start;
    for (;;) {
      const code = source.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        this.position = at;
        text += source.slice(start, at) + this.escape();
        at = this.position;
        start = at;
      } else if (code >= SPACE && (code < FIRST_HIGH || code > LAST_LOW)) {
        at += 1;
      } else {
        this.position = at;
        this.checkPair(code);
        at += 2;
      }
    }
    this.position = at + 1;
    return text + source.slice(start, at);
  }

  /** Accepts a pair of surrogates that stands in a string as it is, and nothing else. */
  private checkPair(code: number): void {
    if (Number.isNaN(code)) throw this.error("unterminated string");
    if (code < SPACE) throw this.error("control character in a string");
    const low = this.source.charCodeAt(this.position + 1);
    if (code >= FIRST_LOW || !(low >= FIRST_LOW && low <= LAST_LOW)) throw this.error("lone surrogate in a string");
  }

  private escape(): string {
    const start = this.position;
    const letter = this.source.charAt(start + 1);
    const plain = letter === "" ? -1 : ESCAPES.indexOf(letter);
    if (plain >= 0) {
      this.position += 2;
      return ESCAPED.charAt(plain);
    }
    const high = this.unicodeEscape();
    if (high < FIRST_HIGH || high > LAST_LOW) return String.fromCharCode(high);
    if (high < FIRST_LOW && this.source.startsWith("\\u", this.position)) {
      const low = this.unicodeEscape();
      if (low >= FIRST_LOW && low <= LAST_LOW) return String.fromCharCode(high, low);
    }
    this.position = start;
    throw this.error("lone surrogate in a string");
  }

  private unicodeEscape(): number {
    const digits = this.source.slice(this.position + 2, this.position + 6);
    if (this.source.charAt(this.position + 1) !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      throw this.error("bad escape in a string");
    }
    this.position += 6;
    return parseInt(digits, 16);
  }

  /** Steps over the next character that is not space if it is `code`. */
  private take(code: number): boolean {
    if (this.next() !== code) return false;
    this.position += 1;
    return true;
  }

  /** Steps over space and gives the code unit that follows, NaN at the end. */
  private next(): number {
    const { source } = this;
    let at = this.position;
    let code = source.charCodeAt(at);
    while (code === SPACE || code === NEWLINE || code === RETURN || code === TAB) {
      at += 1;
      code = source.charCodeAt(at);
    }
    this.position = at;
    return code;
  }

  /** The code unit at the position, NaN at the end. */
  private here(): number {
    return this.source.charCodeAt(this.position);
  }

  private shown(first: number): string {
    const length = first >= FIRST_HIGH && first < FIRST_LOW ? 2 : 1;
    return JSON.stringify(this.source.slice(this.position, this.position + length));
  }

  private error(problem: string): JsonError {
    const before = this.source.slice(0, this.position).split("\n");
    const last = before[before.length - 1] ?? "";
    return new JsonError(`line ${before.length}, column ${last.length + 1}: ${problem}`);
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
