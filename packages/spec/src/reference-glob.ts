/**
 * Patterns that pick images out of a list by their short names, as in `images --filter reference=debian*`.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { SpecErrorCode } from "./errors.ts";
import { quote } from "./issue.ts";
import { type Reference, formatFamiliar, formatFamiliarName } from "./reference.ts";

/**
 * Tells whether the short form of `reference`, with tag and digest or without, matches `pattern`: `*` stands for any
 * characters but slashes, `?` for one, `[a-z]` and `[^a-z]` for one of a class, and a backslash takes away a meaning.
 * Agrees with `FamiliarMatch` of github.com/distribution/reference.
 * @throws TeuError `ERR_PATTERN_INVALID`
 */
export function matchesFamiliar(pattern: string, reference: Reference): boolean {
  const tokens = parsePattern(pattern);
  return matches(tokens, formatFamiliar(reference)) || matches(tokens, formatFamiliarName(reference));
}

type Token = "star" | ((character: string) => boolean);

function parsePattern(pattern: string): readonly Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at];
    if (character === "*") tokens.push("star");
    else if (character === "?") tokens.push((other) => other !== "/");
    else if (character === "[") {
      const end = closing(characters, at);
      if (end < 0) throw invalid(pattern, "an unclosed class");
      tokens.push(parseClass(characters.slice(at + 1, end), pattern));
      at = end;
    } else {
      if (character === "\\") at += 1;
      const literal = characters[at];
      if (literal === undefined) throw invalid(pattern, "a backslash at the end");
      tokens.push((other) => other === literal);
    }
  }
  return tokens;
}

function closing(characters: readonly string[], start: number): number {
  let at = start + 1;
  while (at < characters.length && characters[at] !== "]") at += characters[at] === "\\" ? 2 : 1;
  return at < characters.length ? at : -1;
}

function parseClass(characters: readonly string[], pattern: string): Token {
  const negated = characters[0] === "^";
  const ranges: (readonly [low: string, high: string])[] = [];
  let at = negated ? 1 : 0;
  const next = (): string => {
    const escaped = characters[at] === "\\";
    const character = characters[at + (escaped ? 1 : 0)];
    if (character === undefined || (character === "-" && !escaped)) throw invalid(pattern, "a class without an end");
    at += escaped ? 2 : 1;
    return character;
  };
  do {
    const low = next();
    const ranged = characters[at] === "-";
    if (ranged) at += 1;
    ranges.push([low, ranged ? next() : low]);
  } while (at < characters.length);
  return (character) => ranges.some(([low, high]) => isBetween(low, character, high)) !== negated;
}

function isBetween(low: string, character: string, high: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  return (low.codePointAt(0) ?? 0) <= point && point <= (high.codePointAt(0) ?? 0);
}

function invalid(pattern: string, found: string): TeuError<SpecErrorCode> {
  return new TeuError(
    "ERR_PATTERN_INVALID",
    `Reading pattern ${quote(pattern)}: ${found}, expected *, ?, [a-z] or text`,
  );
}

/** Goes back to the last star only: what an earlier one could take differently changes nothing. */
function matches(tokens: readonly Token[], text: string): boolean {
  const characters = Array.from(text);
  let [at, token, star, resume] = [0, 0, -1, 0];
  while (at < characters.length) {
    const character = characters[at] ?? "";
    const expected = tokens[token];
    if (expected === "star") {
      [star, resume] = [token, at];
      token += 1;
    } else if (expected?.(character) === true) {
      at += 1;
      token += 1;
    } else {
      if (star < 0 || characters[resume] === "/") return false;
      resume += 1;
      [at, token] = [resume, star + 1];
    }
  }
  return tokens.slice(token).every((rest) => rest === "star");
}
