/**
 * Patterns of names: `*` stands for any characters but slashes, `**` for any at all.
 * @module
 */

/** Tells whether `text` matches one of `patterns`. */
export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}

/** Tells whether `text` matches `pattern`. Takes time in the product of their lengths at most. */
export function matchesGlob(pattern: string, text: string): boolean {
  // Most patterns are one of these, and each request asks.
  if (pattern === "**") return true;
  if (!pattern.includes("*")) return pattern === text;
  const tokens = pattern.match(/\*\*|\*|[^*]+/g) ?? [];
  // The places in the text that the tokens so far can reach.
  let reached = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    if (token.startsWith("*")) spread(reached, next, { text, across: token === "**" });
    else for (const place of reached) if (text.startsWith(token, place)) next.add(place + token.length);
    reached = next;
  }
  return reached.has(text.length);
}

function spread(
  from: ReadonlySet<number>,
  to: Set<number>,
  { text, across }: { readonly text: string; readonly across: boolean },
): void {
  for (const start of from) {
    for (let place = start; !to.has(place); place += 1) {
      to.add(place);
      if (place >= text.length || (!across && text.charAt(place) === "/")) break;
    }
  }
}
