/**
 * Which repositories and tags a synchronisation takes.
 * @module
 */

/** Tells whether a name is taken. */
export type Filter = (name: string) => boolean;

/** Takes every name. */
export const EVERYTHING: Filter = () => true;

/** What `allow` lets pass and `deny` does not stop; without `allow` everything passes. The patterns match whole names. */
export function regexFilter(allow: readonly string[], deny: readonly string[]): Filter {
  const [allowed, denied] = [allow, deny].map((patterns) => patterns.map(wholeRegex));
  return (name) =>
    (allow.length === 0 || allowed?.some((pattern) => pattern.test(name)) === true) &&
    denied?.some((pattern) => pattern.test(name)) !== true;
}

/** As {@link regexFilter}, of patterns with `*` for any characters, `/` too, and `?` for any one. */
export function globFilter(allow: readonly string[], deny: readonly string[] = []): Filter {
  return regexFilter(allow.map(fromGlob), deny.map(fromGlob));
}

/** Tells whether a text is a pattern rather than a name. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/** @throws SyntaxError */
function wholeRegex(pattern: string): RegExp {
  // Without the flags that forbid what the patterns of other programs may have.
  return new RegExp(`^(?:${pattern})$`);
}

function fromGlob(glob: string): string {
  return glob
    .replace(/[^*?]+/g, (plain) => plain.replace(/[\\^$.+()[\]{}|]/g, String.raw`\$&`))
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}
