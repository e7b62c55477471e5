/**
 * What a clone's pack was made of: see `packages/cli/src/start/stamp.ts`, which reads it.
 * @module
 */
import { globSync, statSync } from "node:fs";
import { basename, isAbsolute, join, relative } from "node:path";
import type { Metafile } from "esbuild";
import type { StampRow } from "../../packages/cli/src/start/stamp.ts";
import { projectRoot } from "../project.ts";

type Outputs = Metafile["outputs"];

/** The stamps of a bundle that was begun at `startMs`, by file name: of the program, and of each command's module. */
export function stampsOf({ outputs }: Metafile, startMs: number): readonly (readonly [file: string, text: string])[] {
  const row = (path: string): StampRow => stampRow(path, startMs);
  const stamp = (chunk: string, sources: readonly string[]): [string, string] => [
    `stamps/${basename(chunk, ".js")}.json`,
    JSON.stringify(sources.map(row)),
  ];
  const program = Object.keys(outputs).find((path) => basename(path) === "program.js") ?? "";
  const eager = reach(program, outputs, ["import-statement"]);
  // The tables of commands belong to the program: whichever is loaded, the module of a command is what comes next.
  const tables = [...eager].flatMap((path) => importsOf(outputs[path], ["dynamic-import"])).filter(isTable);
  const start = new Set([...eager, ...tables.flatMap((path) => [...reach(path, outputs, ["import-statement"])])]);
  const manifests = globSync("packages/*/package.json", { cwd: projectRoot });
  const commands = [...start]
    .flatMap((path) => importsOf(outputs[path], ["dynamic-import"]))
    .filter((path) => !isTable(path));
  return [
    stamp(program, [...sourcesOf(start, outputs), ...manifests]),
    ...new Set(commands).values().map((command) => {
      const all = sourcesOf(reach(command, outputs, ["import-statement", "dynamic-import"]), outputs);
      return stamp(command, all);
    }),
  ];
}

function isTable(path: string): boolean {
  return /^(?:table|commands)-/.test(basename(path));
}

/** The row of a source of a bundle that was begun at `startMs`. */
export function stampRow(path: string, startMs: number): StampRow {
  const { size, mtimeMs } = statSync(join(projectRoot, path));
  // One that changed meanwhile may have been read before: no file has this size.
  return [path, mtimeMs < startMs ? size : -1, mtimeMs];
}

/** A chunk and all that it imports, directly or not. */
function reach(from: string, outputs: Outputs, kinds: readonly string[]): ReadonlySet<string> {
  const reached = new Set([from]);
  for (const path of reached) for (const next of importsOf(outputs[path], kinds)) reached.add(next);
  return reached;
}

function importsOf(output: Outputs[string] | undefined, kinds: readonly string[]): readonly string[] {
  const imports = (output?.imports ?? []).filter(({ kind, external }) => external !== true && kinds.includes(kind));
  return imports.map(({ path }) => path);
}

function sourcesOf(chunks: ReadonlySet<string>, outputs: Outputs): readonly string[] {
  // Other people's packages change with the lock file, and set-up with that.
  const sources = [...chunks].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {})).map(fileOf);
  return [...new Set(sources)].filter((path) => !path.includes("node_modules/"));
}

/** The file behind an input: esbuild puts the name of a plug-in's space in front, and the whole path. */
function fileOf(input: string): string {
  const path = input.replace(/^[a-z]+:/, "");
  return isAbsolute(path) ? relative(projectRoot, path) : path;
}
