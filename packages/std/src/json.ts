/**
 * A strict JSON reader whose values know their place, so that a wrong one can be named: `process.args[1]: expected a
 * string, got number`. It accepts I-JSON (RFC 7493): unique names, no lone surrogates; integers keep all their digits.
 *
 * Written in the native subset, because the native programs share it: hence its own error class, and text as input.
 * @module
 */

/** What a value is; `missing` is the answer for a field that is not there. */
export type JsonKind = "null" | "boolean" | "number" | "string" | "array" | "object" | "missing";

/** Bounds of a document. */
export interface JsonLimits {
  /** Longest document, in UTF-16 code units. */
  readonly maxLength: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
}

/** Room for every OCI document: 4 Mi code units, 64 levels. */
export const DEFAULT_JSON_LIMITS: JsonLimits = { maxLength: 4 * 1024 * 1024, maxDepth: 64 };

/** A document that is not JSON, or a value that is not what was asked for. The message names the place. */
export class JsonError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JsonError";
  }
}

const NO_ITEMS: readonly Json[] = [];
const NO_FIELDS: ReadonlyMap<string, Json> = new Map<string, Json>();

/** One value of a document. Accessors throw {@link JsonError} that names the place and what stands there. */
export class Json {
  readonly kind: JsonKind;
  /** Where it stands, as `a.b[0]`; empty for the whole document. */
  readonly path: string;
  /** The string value, the literal of a number, or `true` and `false`. */
  readonly text: string;
  readonly items: readonly Json[];
  /** Fields of an object in document order. */
  readonly fields: ReadonlyMap<string, Json>;

  // oxlint-disable-next-line max-params -- one call a value: an options object would double the cost of reading
  constructor(kind: JsonKind, path: string, text: string, items: readonly Json[], fields: ReadonlyMap<string, Json>) {
    this.kind = kind;
    this.path = path;
    this.text = text;
    this.items = items;
    this.fields = fields;
  }

  /** True for a missing field and for `null`, which the OCI documents treat alike. */
  get absent(): boolean {
    return this.kind === "missing" || this.kind === "null";
  }

  /** The field `name`, of kind `missing` if there is none. Throws if this is neither an object nor absent. */
  get(name: string): Json {
    if (!this.absent && this.kind !== "object") throw this.unexpected("an object");
    return this.fields.get(name) ?? new Json("missing", fieldPath(this.path, name), "", NO_ITEMS, NO_FIELDS);
  }

  /** The items of an array; none if absent. */
  list(): readonly Json[] {
    if (!this.absent && this.kind !== "array") throw this.unexpected("an array");
    return this.items;
  }

  /** The names of an object's fields in document order; none if absent. */
  names(): string[] {
    if (!this.absent && this.kind !== "object") throw this.unexpected("an object");
    const names: string[] = [];
    for (const name of this.fields.keys()) names.push(name);
    return names;
  }

  string(): string {
    if (this.kind !== "string") throw this.unexpected("a string");
    return this.text;
  }

  boolean(): boolean {
    if (this.kind !== "boolean") throw this.unexpected("a boolean");
    return this.text === "true";
  }

  /** The literal of a whole number such as `-12`, with all its digits. */
  integer(): string {
    if (this.kind !== "number") throw this.unexpected("a number");
    if (!isInteger(this.text)) throw new JsonError(`${this.path}: expected an integer, got ${this.text}`);
    return this.text;
  }

  /** A whole number from `min` to `max`, both within ±(2^53 - 1). */
  integerBetween(min: number, max: number): number {
    const value = Number(this.integer());
    if (value >= min && value <= max) return value;
    throw new JsonError(`${this.path}: expected an integer from ${min} to ${max}, got ${this.text}`);
  }

  /** The error to throw when this value should have been `expected`, which comes with its article. */
  unexpected(expected: string): JsonError {
    if (this.kind === "missing") return new JsonError(`${this.path}: is required, expected ${expected}`);
    return new JsonError(`${this.path === "" ? "the document" : this.path}: expected ${expected}, got ${this.kind}`);
  }
}

/** Tells whether a number's literal is written as a whole number. */
export function isInteger(literal: string): boolean {
  return /^-?[0-9]+$/.test(literal);
}

/** Names a field of the object at `path`: `a.b`, or `a["b.c"]` where the name is not a plain word. */
export function fieldPath(path: string, name: string): string {
  if (!/^[A-Za-z_$][A-Za-z0-9_$-]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

/**
 * Reads one JSON document.
 * @throws JsonError with line and column where `text` is not strict JSON or passes a limit.
 */
export function parseJson(text: string, limits: JsonLimits = DEFAULT_JSON_LIMITS): Json {
  if (text.length > limits.maxLength) {
    throw new JsonError(`the document is too long: ${text.length} characters, at most ${limits.maxLength} are read`);
  }
  return new Parser(text, limits.maxDepth).document();
}

// A JSON number; the fraction and exponent make it something else than a whole number.
const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/;
const MAX_NUMBER_LENGTH = 64;
const ESCAPES = '"\\/bfnrt';
const ESCAPED = '"\\/\b\f\n\r\t';

class Parser {
  private readonly source: string;
  private readonly maxDepth: number;
  private position = 0;
  private depth = 0;

  constructor(source: string, maxDepth: number) {
    this.source = source;
    this.maxDepth = maxDepth;
  }

  document(): Json {
    const value = this.value("");
    this.skipSpace();
    if (this.position < this.source.length) throw this.error("text after the end of the document");
    return value;
  }

  private value(path: string): Json {
    this.skipSpace();
    const first = this.source.charAt(this.position);
    if (first === "{") return this.object(path);
    if (first === "[") return this.array(path);
    if (first === '"') return new Json("string", path, this.quoted(), NO_ITEMS, NO_FIELDS);
    if (first === "t") return this.word("true", "boolean", path);
    if (first === "f") return this.word("false", "boolean", path);
    if (first === "n") return this.word("null", "null", path);
    return this.number(path, first);
  }

  private word(word: string, kind: JsonKind, path: string): Json {
    if (!this.source.startsWith(word, this.position)) throw this.error(`expected ${word}`);
    this.position += word.length;
    return new Json(kind, path, word, NO_ITEMS, NO_FIELDS);
  }

  private number(path: string, first: string): Json {
    const match = NUMBER.exec(this.source.slice(this.position, this.position + MAX_NUMBER_LENGTH + 1));
    if (match === null)
      throw this.error(
        first === "" ? "unexpected end of the document" : `unexpected character ${JSON.stringify(first)}`,
      );
    const literal = match[0] ?? "";
    if (literal.length > MAX_NUMBER_LENGTH) throw this.error(`number of more than ${MAX_NUMBER_LENGTH} characters`);
    this.position += literal.length;
    return new Json("number", path, literal, NO_ITEMS, NO_FIELDS);
  }

  private object(path: string): Json {
    const fields = new Map<string, Json>();
    this.enter();
    if (!this.take("}")) {
      for (;;) {
        this.field(path, fields);
        if (this.take("}")) break;
        if (!this.take(",")) throw this.error("expected a comma or a closing brace");
      }
    }
    this.depth -= 1;
    return new Json("object", path, "", NO_ITEMS, fields);
  }

  private field(path: string, fields: Map<string, Json>): void {
    this.skipSpace();
    if (this.source.charAt(this.position) !== '"') throw this.error("expected a field name in quotes");
    const name = this.quoted();
    const at = fieldPath(path, name);
    if (fields.has(name)) throw this.error(`${at} is given twice`);
    if (!this.take(":")) throw this.error("expected a colon");
    fields.set(name, this.value(at));
  }

  private array(path: string): Json {
    const items: Json[] = [];
    this.enter();
    if (!this.take("]")) {
      for (;;) {
        items.push(this.value(`${path}[${items.length}]`));
        if (this.take("]")) break;
        if (!this.take(",")) throw this.error("expected a comma or a closing bracket");
      }
    }
    this.depth -= 1;
    return new Json("array", path, "", items, NO_FIELDS);
  }

  private enter(): void {
    this.position += 1;
    this.depth += 1;
    if (this.depth > this.maxDepth) throw this.error(`nested more than ${this.maxDepth} deep`);
  }

  /** Reads a string from its opening quote to behind its closing one. */
  private quoted(): string {
    this.position += 1;
    let text = "";
    let start = this.position;
    for (;;) {
      const code = this.source.charCodeAt(this.position);
      if (code === 34) break;
      if (Number.isNaN(code)) throw this.error("unterminated string");
      if (code < 32) throw this.error("control character in a string");
      if (code === 92) {
        text += this.source.slice(start, this.position) + this.escape();
        start = this.position;
      } else if (code >= 0xd800 && code < 0xe000) {
        this.surrogate(code);
      } else {
        this.position += 1;
      }
    }
    text += this.source.slice(start, this.position);
    this.position += 1;
    return text;
  }

  /** Steps over a pair of surrogates that stands in the source as it is. */
  private surrogate(code: number): void {
    const low = this.source.charCodeAt(this.position + 1);
    if (code >= 0xdc00 || !(low >= 0xdc00 && low < 0xe000)) throw this.error("lone surrogate in a string");
    this.position += 2;
  }

  private escape(): string {
    const letter = this.source.charAt(this.position + 1);
    const plain = letter === "" ? -1 : ESCAPES.indexOf(letter);
    if (plain >= 0) {
      this.position += 2;
      return ESCAPED.charAt(plain);
    }
    const high = this.unicodeEscape(letter);
    if (high < 0xd800 || high >= 0xe000) return String.fromCharCode(high);
    if (high >= 0xdc00 || this.source.charAt(this.position) !== "\\") throw this.error("lone surrogate in a string");
    const low = this.unicodeEscape(this.source.charAt(this.position + 1));
    if (low < 0xdc00 || low >= 0xe000) throw this.error("lone surrogate in a string");
    return String.fromCharCode(high, low);
  }

  private unicodeEscape(letter: string): number {
    const digits = this.source.slice(this.position + 2, this.position + 6);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) throw this.error("bad escape in a string");
    this.position += 6;
    return parseInt(digits, 16);
  }

  private take(character: string): boolean {
    this.skipSpace();
    if (this.source.charAt(this.position) !== character) return false;
    this.position += 1;
    return true;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.source.charCodeAt(this.position);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.position += 1;
    }
  }

  private error(problem: string): JsonError {
    const before = this.source.slice(0, this.position).split("\n");
    const last = before[before.length - 1] ?? "";
    return new JsonError(`line ${before.length}, column ${last.length + 1}: ${problem}`);
  }
}
