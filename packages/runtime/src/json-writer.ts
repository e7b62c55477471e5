/**
 * Writing JSON with full control over the order of fields, and without characters that other programs cannot read: what
 * stands for bytes that are no UTF-8 is escaped.
 * @module
 */

/** Collects the fields of an object. Names are plain words; values of {@link JsonFields.json} are JSON texts already. */
export class JsonFields {
  private readonly names: string[] = [];
  private readonly values: string[] = [];

  text(name: string, value: string): this {
    return this.json(name, quoted(value));
  }

  number(name: string, value: number): this {
    return this.json(name, String(value));
  }

  flag(name: string, value: boolean): this {
    return this.json(name, value ? "true" : "false");
  }

  texts(name: string, values: readonly string[]): this {
    return this.json(name, `[${values.map((value) => quoted(value)).join(",")}]`);
  }

  /** A field whose value is JSON. */
  json(name: string, value: string): this {
    this.names.push(`"${name}"`);
    this.values.push(value);
    return this;
  }

  /** The object, compact. */
  toText(): string {
    return `{${this.names.map((name, i) => `${name}:${this.values[i] ?? ""}`).join(",")}}`;
  }

  /** The object with a field a line, indented by two spaces; nested values stay compact. */
  toLines(): string {
    const lines = this.names.map((name, i) => `  ${name}: ${this.values[i] ?? ""}`);
    return `{\n${lines.join(",\n")}\n}`;
  }
}

const HEX = "0123456789abcdef";

/** A string as JSON. */
export function quoted(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  if (!/[\u{10ff80}-\u{10ffff}]/u.test(json)) return json;
  let out = "";
  for (const character of json) {
    const code = character.codePointAt(0) ?? 0;
    // The second half of its pair of surrogates is \udf80 to \udfff.
    if (code >= 0x10ff80) out += `\\udbff\\udf${HEX.charAt((code >> 4) & 0xf)}${HEX.charAt(code & 0xf)}`;
    else out += character;
  }
  return out;
}
