/**
 * Finds exports without a contract, and files that do not say why they exist.
 * @module
 */
import type { Room } from "../rooms.ts";

const EXPORT = /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|const|interface|type) (\w+)/;

/** One line for every export of a room's published files that no contract stands above, and every file without one at its top. */
export function undocumentedExports(rooms: readonly Room[]): string[] {
  return rooms.flatMap(({ name, files }) =>
    files
      .filter(({ isTest, path }) => !isTest && !path.endsWith(".gen.ts"))
      .flatMap(({ path, text }) => undocumentedIn(text).map((what) => `packages/${name}/src/${path}: ${what}`)),
  );
}

/** The same for one source text. */
export function undocumentedIn(text: string): string[] {
  const lines = text.split("\n");
  const found = lines.flatMap((line, at) => {
    const name = EXPORT.exec(line)?.[1];
    if (name === undefined || lines[at - 1]?.trimEnd().endsWith("*/")) return [];
    return isOverload(lines, at, name) ? [] : [`${name} has no contract above it`];
  });
  return text.startsWith("/**") ? found : ["does not open with a comment that says why it exists", ...found];
}

// A line between the contract and the export: an overload of the same function, or a word to the linter.
function isOverload(lines: readonly string[], at: number, name: string): boolean {
  const above = lines[at - 1] ?? "";
  return above.startsWith(`export function ${name}`) || above.includes("oxlint-disable");
}
