/**
 * The values of a JSON document, each with its place. Written in the native subset.
 * @module
 */

/** What a value is; `missing` is the answer for a field that is not there. */
export type JsonKind = "null" | "boolean" | "number" | "string" | "array" | "object" | "missing";

/** A document that is not JSON, or a value that is not what was asked for. The message names the place. */
export class JsonError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JsonError";
  }
}

/** For values that are no array. */
export const NO_ITEMS: readonly Json[] = [];
/** For values that are no object. */
export const NO_FIELDS: ReadonlyMap<string, Json> = new Map<string, Json>();

/** One value of a document. Accessors throw {@link JsonError} that names the place and what stands there. */
export class Json {
  readonly kind: JsonKind;
  /** The string value, the literal of a number, or `true` and `false`. */
  readonly text: string;
  /** Items of an array. */
  readonly items: readonly Json[];
  /** Fields of an object in document order. */
  readonly fields: ReadonlyMap<string, Json>;

  // The place is kept as the way up, and written out only where a message needs it.
  private readonly parent: Json | undefined;
  private readonly key: string | number;

  /** For readers of documents: `items` and `fields` are of kind array and object only, and are filled by the reader. */
  // oxlint-disable-next-line max-params -- one call a value: an options object would double the cost of reading
  constructor(
    kind: JsonKind,
    text: string,
    parent: Json | undefined,
    key: string | number,
    items: readonly Json[],
    fields: ReadonlyMap<string, Json>,
  ) {
    this.kind = kind;
    this.text = text;
    this.parent = parent;
    this.key = key;
    this.items = items;
    this.fields = fields;
  }

  /** Where it stands, as `a.b[0]`; empty for the whole document. */
  get path(): string {
    if (this.parent === undefined) return "";
    const path = this.parent.path;
    return typeof this.key === "string" ? fieldPath(path, this.key) : `${path}[${this.key}]`;
  }

  /** For messages: the path, or `the document`. */
  get place(): string {
    return this.parent === undefined ? "the document" : this.path;
  }

  /** True for a missing field and for `null`, which the OCI documents treat alike. */
  get absent(): boolean {
    return this.kind === "missing" || this.kind === "null";
  }

  /** The field `name`, of kind `missing` if there is none. Throws if this is neither an object nor absent. */
  get(name: string): Json {
    if (!this.absent && this.kind !== "object") throw this.unexpected("an object");
    return this.fields.get(name) ?? new Json("missing", "", this, name, NO_ITEMS, NO_FIELDS);
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
    if (!isInteger(this.text)) throw new JsonError(`${this.place}: expected an integer, got ${this.text}`);
    return this.text;
  }

  /** A whole number from `min` to `max`, both within ±(2^53 - 1). */
  integerBetween(min: number, max: number): number {
    const value = Number(this.integer());
    if (value >= min && value <= max) return value;
    throw new JsonError(`${this.place}: expected an integer from ${min} to ${max}, got ${this.text}`);
  }

  /** The error to throw when this value should have been `expected`, which comes with its article. */
  unexpected(expected: string): JsonError {
    if (this.kind === "missing") return new JsonError(`${this.path}: is required, expected ${expected}`);
    return new JsonError(`${this.place}: expected ${expected}, got ${this.kind}`);
  }
}

/** Tells whether a number's literal is written as a whole number. */
export function isInteger(literal: string): boolean {
  return /^-?[0-9]+$/.test(literal);
}

const MAX_SHOWN_NAME = 80;

/**
 * Names a field of the object at `path`: `a.b`, or `a["b.c"]` where the name is not a plain word. Of a name longer than
 * 80 characters the end is left out.
 */
export function fieldPath(path: string, name: string): string {
  const shown = name.length > MAX_SHOWN_NAME ? `${name.slice(0, MAX_SHOWN_NAME)}…` : name;
  if (!/^[A-Za-z_$][A-Za-z0-9_$-]*$/.test(shown)) return `${path}[${JSON.stringify(shown)}]`;
  return path === "" ? shown : `${path}.${shown}`;
}
