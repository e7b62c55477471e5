/**
 * Names of certificates' subjects as the Notary Project's trust policies have them.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#trusted-identities-constraints}
 * @see {@link https://www.rfc-editor.org/rfc/rfc4514}
 * @module
 */
import { JsonError } from "@teu/std/json";

/** Attributes by their short names. */
export type DistinguishedName = Readonly<Record<string, string>>;

const MANDATORY: readonly string[] = ["C", "ST", "O"];

/**
 * Reads a name of RFC 4514, each of whose attributes may be there once. `S` is another word for `ST`.
 * @throws JsonError
 */
export function parseDistinguishedName(text: string): DistinguishedName {
  if (text.includes("=#")) throw bad(text, "values in hexadecimal are not supported");
  const name: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of splitUnescaped(text, /[,;]/)) {
    const equals = part.indexOf("=");
    if (equals <= 0) throw bad(text, "an attribute without a value");
    if (splitUnescaped(part, /\+/).length > 1) throw bad(text, "an attribute with several values");
    const written = part.slice(0, equals).trim();
    const type = written === "S" ? "ST" : written;
    if (!/^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*)$/.test(type)) throw bad(text, "an attribute without a name");
    if (name[type] !== undefined) throw bad(text, `${type} twice`);
    name[type] = unescaped(part.slice(equals + 1), text);
  }
  const missing = MANDATORY.find((type) => (name[type] ?? "") === "");
  if (missing !== undefined) throw bad(text, `no ${missing}, expected at least C, ST and O`);
  return { ...name };
}

function splitUnescaped(text: string, separator: RegExp): readonly string[] {
  const parts: string[] = [];
  let [start, at] = [0, 0];
  for (; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (separator.test(text[at] ?? "")) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function unescaped(value: string, whole: string): string {
  const trimmed = value.trimStart().replace(/(?<!\\)\s+$/, "");
  const bytes: number[] = [];
  for (let at = 0; at < trimmed.length; at += 1) {
    const hex = /^\\([0-9A-Fa-f]{2})/.exec(trimmed.slice(at, at + 3))?.[1];
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
      continue;
    }
    const character = trimmed[at] ?? "";
    if (character === "\\" && !/^[ "#+,;<=>\\]$/.test(trimmed[at + 1] ?? "")) throw bad(whole, "a wrong escape");
    const taken = character === "\\" ? (trimmed[(at += 1)] ?? "") : character;
    bytes.push(...new TextEncoder().encode(taken));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** Tells whether every attribute of `part` is in `whole`, with the same value. */
export function isPartOf(part: DistinguishedName, whole: DistinguishedName): boolean {
  return Object.entries(part).every(([type, value]) => whole[type] === value);
}

function bad(text: string, problem: string): JsonError {
  return new JsonError(`the name ${JSON.stringify(text)} has ${problem}`);
}
