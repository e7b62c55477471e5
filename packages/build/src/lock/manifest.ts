/**
 * Reads `package.json` with the care that a file written by anybody needs: a field of another type counts as missing.
 * @module
 */

/** An object of JSON. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Tells whether `value` is an object and no array. */
export function isObject(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells whether `value` is a list of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Dependencies as package.json has them: ranges by name. */
export function nameAndRange(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

/** Names of packages, as npm allows them. */
export function isPackageName(name: string): boolean {
  return (
    name.length <= 214 && /^(?:@[a-zA-Z0-9~_-][\w.~-]*\/)?[a-zA-Z0-9~_-][\w.~-]*$/.test(name) && name !== "node_modules"
  );
}

/** The programs of a package: paths within it by name. */
export function programsOf(manifest: JsonRecord): ReadonlyMap<string, string> {
  const { bin, name } = manifest;
  const own = typeof name === "string" ? name.slice(name.lastIndexOf("/") + 1) : "";
  const pairs = typeof bin === "string" ? [[own, bin] as const] : isObject(bin) ? Object.entries(bin) : [];
  const programs = new Map<string, string>();
  for (const [program, path] of pairs) {
    const base = program.slice(program.lastIndexOf("/") + 1);
    const isPlain = /^[\w.~-]+$/.test(base) && base !== "." && base !== "..";
    if (typeof path === "string" && isPlain && !path.split("/").includes("..")) {
      programs.set(base, path.replace(/^(?:\.?\/)+/, ""));
    }
  }
  return programs;
}
