/**
 * Reads the YAML that package managers write into their lockfiles: block mappings and sequences, flow collections on one
 * line, quoted and plain scalars, block scalars. What else YAML has (anchors, tags, scalars over several lines) is refused
 * with its line, never guessed. Scalars are texts, for what a version looks like is not for YAML to say.
 * @see {@link https://yaml.org/spec/1.2.2/}
 * @module
 */

/** A value of a document. */
export type YamlValue = string | YamlMap | readonly YamlValue[];

/** A mapping, in the order of the document. */
export type YamlMap = ReadonlyMap<string, YamlValue>;

/** What is wrong with a document, with its line. */
export class YamlError extends Error {
  override readonly name = "YamlError";
}

const MAX_DEPTH = 64;

/**
 * Reads every document of a text; an empty one is an empty mapping.
 * @throws YamlError
 */
export function parseYaml(source: string): readonly YamlValue[] {
  const lines = source.split(/\r?\n/);
  const documents: YamlValue[] = [];
  let start = 0;
  for (let at = 0; at <= lines.length; at += 1) {
    const isEnd = at === lines.length || /^(?:---|\.\.\.)(?:\s|$)/.test(lines[at] ?? "");
    if (!isEnd) continue;
    const part = lines.slice(start, at);
    if (part.some(hasContent)) documents.push(new Reader(part, start).document());
    start = at + 1;
  }
  return documents.length === 0 ? [new Map()] : documents;
}

function hasContent(line: string): boolean {
  return /^\s*[^\s#]/.test(line) && !line.startsWith("%");
}

interface Line {
  readonly indent: number;
  readonly text: string;
}

class Reader {
  readonly #lines: readonly string[];
  readonly #offset: number;
  #at = 0;
  #depth = 0;

  constructor(lines: readonly string[], offset: number) {
    this.#lines = lines;
    this.#offset = offset;
  }

  document(): YamlValue {
    const first = this.#peek();
    const value = first === undefined ? new Map<string, YamlValue>() : this.#block(first.indent);
    if (this.#peek() !== undefined) throw this.#error("less indented than what it belongs to");
    return value;
  }

  /** The next line that says something; it stays the next. */
  #peek(): Line | undefined {
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at] ?? "";
      if (!hasContent(line)) continue;
      const indent = line.search(/\S/);
      if (line.slice(0, indent).includes("\t")) throw this.#error("indented by a tab, expected spaces");
      return { indent, text: line.slice(indent) };
    }
    return undefined;
  }

  #block(indent: number): YamlValue {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error(`nested more than ${MAX_DEPTH} deep`);
    const line = this.#peek();
    const isSequence = line !== undefined && /^-(?:\s|$)/.test(line.text);
    const value = isSequence ? this.#sequence(indent) : this.#mapping(indent);
    this.#depth -= 1;
    return value;
  }

  #sequence(indent: number): readonly YamlValue[] {
    const items: YamlValue[] = [];
    for (let line = this.#peek(); line?.indent === indent && /^-(?:\s|$)/.test(line.text); line = this.#peek()) {
      const rest = withoutComment(line.text.slice(1).trim());
      const isMapping = rest !== "" && !/^[[{"']/.test(rest) && splitKey(rest) !== undefined;
      if (isMapping) throw this.#error("a mapping in a sequence, expected a scalar");
      this.#at += 1;
      items.push(this.#value(rest, indent));
    }
    return items;
  }

  #mapping(indent: number): YamlMap {
    const map = new Map<string, YamlValue>();
    for (let line = this.#peek(); line?.indent === indent; line = this.#peek()) {
      const { key, rest } = this.#key(line);
      if (map.has(key)) throw this.#error(`key ${JSON.stringify(key)} is given twice`);
      this.#at += 1;
      map.set(key, this.#value(withoutComment(rest), indent));
    }
    const line = this.#peek();
    if (line !== undefined && line.indent > indent) throw this.#error("more indented than what it belongs to");
    return map;
  }

  #key({ text, indent }: Line): { readonly key: string; readonly rest: string } {
    if (!text.startsWith("? ")) {
      const split = splitKey(text);
      if (split === undefined) throw this.#error("expected a key and a colon");
      return { key: this.#scalar(split.key), rest: split.rest };
    }
    // A long key stands on a line of its own, its value behind a colon on the next.
    this.#at += 1;
    const next = this.#peek();
    if (next?.indent !== indent || !/^:(?:\s|$)/.test(next.text)) throw this.#error("expected a colon");
    return { key: this.#scalar(text.slice(2).trim()), rest: next.text.slice(1).trim() };
  }

  /** The value that begins with `rest`, or stands below. */
  #value(rest: string, indent: number): YamlValue {
    if (/^[|>][+-]?$/.test(rest)) return this.#blockScalar(rest, indent);
    if (rest !== "") {
      const value = rest.startsWith("{") || rest.startsWith("[") ? this.#flow(rest) : this.#scalar(rest);
      const next = this.#peek();
      if (next !== undefined && next.indent > indent) throw this.#error("a value over several lines");
      return value;
    }
    const next = this.#peek();
    if (next === undefined || next.indent < indent) return "";
    if (next.indent > indent) return this.#block(next.indent);
    return /^-(?:\s|$)/.test(next.text) && !this.#inSequence(indent) ? this.#block(indent) : "";
  }

  /** Whether the line before is an item, whose value cannot be a sequence at its own indentation. */
  #inSequence(indent: number): boolean {
    return (this.#lines[this.#at - 1] ?? "").slice(indent).startsWith("-");
  }

  #blockScalar(style: string, indent: number): string {
    const texts: string[] = [];
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at] ?? "";
      if (line.trim() !== "" && line.search(/\S/) <= indent) break;
      texts.push(line.trim());
    }
    return texts.join(style.startsWith("|") ? "\n" : " ").trim();
  }

  #scalar(text: string): string {
    if (text.startsWith("'")) {
      if (!/^'(?:[^']|'')*'$/.test(text)) throw this.#error("a quote that is not closed");
      return text.slice(1, -1).replaceAll("''", "'");
    }
    if (text.startsWith('"')) return this.#doubleQuoted(text);
    if (/^[&*!|>%@`]/.test(text)) throw this.#error(`"${text.charAt(0)}", expected a plain or quoted text`);
    return text;
  }

  #doubleQuoted(text: string): string {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "string") return value;
    } catch {
      // Escapes that JSON does not have are not written by package managers.
    }
    throw this.#error("a quoted text that is not closed, or has an unknown escape");
  }

  #flow(text: string): YamlValue {
    const flow = new Flow(text, (part) => this.#scalar(part));
    const value = flow.read();
    if (value === undefined) throw this.#error("a flow collection that is not closed on its line");
    return value;
  }

  #error(problem: string): YamlError {
    return new YamlError(`line ${this.#offset + Math.min(this.#at, this.#lines.length - 1) + 1}: ${problem}`);
  }
}

/** A collection in brackets on one line. */
class Flow {
  readonly #text: string;
  readonly #scalar: (text: string) => string;
  #at = 0;
  #depth = 0;

  constructor(text: string, scalar: (text: string) => string) {
    this.#text = text;
    this.#scalar = scalar;
  }

  /** Nothing if it is malformed. */
  read(): YamlValue | undefined {
    const value = this.#value();
    this.#space();
    return this.#at === this.#text.length ? value : undefined;
  }

  #value(): YamlValue | undefined {
    this.#space();
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) return undefined;
    const open = this.#text.charAt(this.#at);
    const value = open === "{" ? this.#map() : open === "[" ? this.#list() : this.#word();
    this.#depth -= 1;
    return value;
  }

  #map(): YamlMap | undefined {
    const map = new Map<string, YamlValue>();
    this.#at += 1;
    for (;;) {
      if (this.#take("}")) return map;
      const key = this.#word();
      if (key === undefined || !this.#take(":")) return undefined;
      const value = this.#value();
      if (value === undefined) return undefined;
      map.set(key, value);
      if (!this.#take(",") && this.#text.charAt(this.#at) !== "}") return undefined;
    }
  }

  #list(): readonly YamlValue[] | undefined {
    const items: YamlValue[] = [];
    this.#at += 1;
    for (;;) {
      if (this.#take("]")) return items;
      const value = this.#value();
      if (value === undefined) return undefined;
      items.push(value);
      if (!this.#take(",") && this.#text.charAt(this.#at) !== "]") return undefined;
    }
  }

  #word(): string | undefined {
    this.#space();
    const rest = this.#text.slice(this.#at);
    const found = /^(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|(?:[^,{}[\]:]|:(?=[^\s,]))+)/.exec(rest)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    return this.#scalar(found.trim());
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    while (this.#text.charAt(this.#at) === " ") this.#at += 1;
  }
}

/** A line as key and value; nothing if there is no colon that ends a key. */
function splitKey(text: string): { readonly key: string; readonly rest: string } | undefined {
  const found = /^('(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s#"'[{][^#]*?)\s*:(?:\s+(.*))?$/.exec(text);
  return found === null ? undefined : { key: found[1] ?? "", rest: (found[2] ?? "").trim() };
}

function withoutComment(text: string): string {
  if (text.startsWith("#")) return "";
  const quoted = /^(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")/.exec(text)?.[0] ?? "";
  const comment = text.indexOf(" #", quoted.length);
  return comment < 0 ? text : text.slice(0, comment).trimEnd();
}
