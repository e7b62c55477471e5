/**
 * A copy of a native program's sources in which every import is relative, for a compiler that knows no workspaces.
 * @module
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { projectRoot } from "../project.ts";

const IMPORT = /^((?:import|export) (?:[^"';=]*? from )?")([^"]+)(";)/gmu;

/** Every source file that `entry` needs, from the root of the project, `entry` first. */
export function sourcesOf(entry: string): string[] {
  const found = [entry];
  for (const file of found) {
    const text = readFileSync(join(projectRoot, file), "utf8");
    for (const [, , specifier = ""] of text.matchAll(IMPORT)) {
      const target = resolve(file, specifier);
      if (!found.includes(target)) found.push(target);
    }
  }
  return found;
}

/** Copies `files` below `folder`, which is emptied first, with relative imports and a configuration of their own. */
export function stage(files: readonly string[], folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const file of files) {
    const text = readFileSync(join(projectRoot, file), "utf8");
    checkThrows(file, text);
    const staged = text.replace(IMPORT, (_, head: string, specifier: string, tail: string) => {
      const path = relative(dirname(file), resolve(file, specifier));
      return `${head}${path.startsWith(".") ? path : `./${path}`}${tail}`;
    });
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), staged);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }, null, 2));
}

// scriptc 0.1.7 loses the class of an error that comes out of a variable, so that nobody can tell it apart; only what a
// catch clause caught, by the name of error, may be thrown on.
function checkThrows(file: string, text: string): void {
  const [found] = /\bthrow (?!error;)[a-z]\w*;/u.exec(text) ?? [];
  if (found !== undefined) throw new Error(`Staging "${file}": "${found}": throw what new or a function returns`);
}

const COMPILER_OPTIONS = {
  target: "es2024",
  lib: ["es2024"],
  module: "nodenext",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  types: [],
};

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return join(dirname(from), specifier);
  const [, room, path] = /^@teu\/([a-z-]+)\/(.+)$/u.exec(specifier) ?? [];
  if (room !== undefined && path !== undefined) return `packages/${room}/src/${path}.ts`;
  throw new Error(
    `Staging "${from}": import of "${specifier}": native programs import relative files and @teu rooms only`,
  );
}
