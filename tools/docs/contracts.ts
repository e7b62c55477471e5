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
      // What stands in for a module of Node has Node's contract.
      .filter(({ isTest, path }) => !isTest && !path.endsWith(".gen.ts") && !path.startsWith("front/node/"))
      .flatMap(({ path, text }) => undocumentedIn(text).map((what) => `packages/${name}/src/${path}: ${what}`)),
  );
}

/** The same for one source text. */
export function undocumentedIn(text: string): string[] {
  const lines = text.split("\n");
  const found = lines.flatMap((line, at) => {
    const name = EXPORT.exec(line)?.[1];
    return name === undefined || speaksForItself(line) || isDocumented(lines, at)
      ? []
      : [`${name} has no contract above it`];
  });
  const opensWell = /^(#!.*\n)?\/\*\*/.test(text);
  return opensWell ? found : ["does not open with a comment that says why it exists", ...found];
}

/** Numbers under the names that the kernel gives them, and types that are a choice of words. */
function speaksForItself(line: string): boolean {
  return (
    /^export const [A-Z0-9_]+(: number)? = [-0-9a-fox_ <|]+;$/.test(line) ||
    /^export type \w+ = "[^"]+"( \| "[^"]+")*;$/.test(line) ||
    /^export type \w+ = \(?typeof \w+\)?(\[number\])?;$/.test(line)
  );
}

/** One contract stands for all exports in a row, without an empty line between them, and for every overload. */
function isDocumented(lines: readonly string[], at: number): boolean {
  const above = lines[at - 1] ?? "";
  if (above.trimEnd().endsWith("*/")) return true;
  return (above.startsWith("export ") || above.includes("oxlint-disable")) && isDocumented(lines, at - 1);
}
