/**
 * The control files of Debian: paragraphs of fields, such as `Package: libc6`.
 * @see {@link https://www.debian.org/doc/debian-policy/ch-controlfields.html#syntax-of-control-files}
 * @module
 */

/** The fields of a paragraph by their names in lower case. Lines that go on are joined by line feeds, without the blank. */
export type Stanza = ReadonlyMap<string, string>;

/** A line that is no field, no continuation and no comment. */
export interface StanzaProblem {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Reads all paragraphs of `text`. Comments are left out; of a field that is there twice the first counts. */
export function parseStanzas(text: string, onProblem: (problem: StanzaProblem) => void = () => {}): Stanza[] {
  const stanzas: Stanza[] = [];
  let fields = new Map<string, string>();
  let last = "";
  const finish = (): void => {
    if (fields.size > 0) stanzas.push(fields);
    fields = new Map();
    last = "";
  };
  for (const [index, line] of text.split("\n").entries()) {
    const clean = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (clean.startsWith("#")) continue;
    if (clean.trim() === "") finish();
    else if (/^[ \t]/.test(clean) && last !== "") fields.set(last, `${fields.get(last) ?? ""}\n${clean.slice(1)}`);
    else last = addField(fields, clean) ?? (onProblem({ line: index + 1, text: clean }), "");
  }
  finish();
  return stanzas;
}

/** @returns The name of the field; nothing if the line is none. */
function addField(fields: Map<string, string>, line: string): string | undefined {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
  if (!/^[!-9;-~]+$/.test(name)) return undefined;
  // What belongs to the second of two equal fields goes nowhere.
  if (fields.has(name)) return `${name} `;
  fields.set(name, line.slice(colon + 1).trim());
  return name;
}
