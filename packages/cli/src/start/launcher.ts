/**
 * Starts `teu` from its pack: one file with all modules, or what is kept of it for the command that is asked for.
 * In a clone, where sources may have changed since, the sources run instead of a pack that is older than they are.
 *
 * This file is built into one CommonJS file beside the pack: it imports little, since every start pays for it.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { CodeCache, codeFolder } from "./code-cache.ts";
import { Builtins } from "./extra-authorities.ts";
import { Modules, type PackedModules, sourceOf } from "./modules.ts";
import { growSlowly } from "./slow-growth.ts";
import { Stamps, isStale } from "./stamp.ts";

/** The id of the pack that this file was built with, and the names of all commands. The builder writes them. */
declare const PACK_ID: string;
declare const COMMAND_NAMES: readonly string[];

/** Where the sources are from where the builder puts this file in a clone. */
const PROJECT = join(__dirname, "..", "..");

quietExperiments();
const builtins: Builtins = new Builtins(process.env);
void start();

async function start(): Promise<void> {
  // What is published has no stamps, and its sources as JavaScript beside it.
  const stamps = existsSync(join(__dirname, "stamps")) ? new Stamps(join(__dirname, "stamps"), PROJECT) : undefined;
  // Files have the lines and names that people can read in a stack.
  if (process.env["TEU_DEBUG"] !== undefined) return await runFiles(stamps !== undefined);
  try {
    await runPack(stamps);
  } catch (error) {
    if (!isStale(error)) throw error;
    await runFiles(true);
  }
}

async function runPack(stamps: Stamps | undefined): Promise<void> {
  const cache = new CodeCache(
    codeFolder(stamps === undefined ? undefined : __dirname),
    PACK_ID,
    commandOf(process.argv),
  );
  const kept = cache.read();
  const script =
    kept === undefined ? undefined : new Script(kept.source, { filename: cache.path, cachedData: kept.code });
  const known = (script?.runInThisContext() ?? {}) as PackedModules;
  const modules = new Modules(known, { whole: wholePack, builtins, stamps });
  const growFast = growSlowly();
  const keep = (code: number): void => {
    if (code !== 0) return;
    const used = modules.used();
    const isKept = used.every((name) => name in known);
    if (!isKept) return cache.keep(sourceOf({ ...known, ...modules.all(used) }));
    if (kept === undefined || (kept.code !== undefined && script?.cachedDataRejected === false)) return;
    // The code counts for programs with the same options.
    growFast();
    cache.keep(kept.source, script);
  };
  process.once("exit", keep);
  // Nothing is left to be done then; ending at once saves tidying memory up.
  process.once("beforeExit", () => process.exit());
  try {
    await (modules.load("program") as { main: () => Promise<void> }).main();
  } catch (error) {
    process.off("exit", keep);
    throw error;
  }
}

function wholePack(): PackedModules {
  const filename = join(__dirname, "pack.js");
  return new Script(readFileSync(filename, "latin1"), { filename }).runInThisContext() as PackedModules;
}

async function runFiles(clone: boolean): Promise<void> {
  builtins.prepare();
  if (clone) process.getBuiltinModule("node:module").enableCompileCache(join(PROJECT, ".setup", "compile-cache"));
  await import(pathToFileURL(clone ? join(PROJECT, "packages/cli/src/main.ts") : join(__dirname, "../main.js")).href);
}

/** Names the command for the cache, which has for each command what it uses. */
function commandOf([, , ...words]: readonly string[]): string {
  const names = [words.slice(0, 2).join(" "), words[0] ?? ""];
  return (names.find((name) => COMMAND_NAMES.includes(name)) ?? "help").replaceAll(" ", "-");
}

/** Node's warnings that a part of it is new tell users nothing. */
function quietExperiments(): void {
  const emit = process.emitWarning.bind(process) as (...words: unknown[]) => void;
  process.emitWarning = (...words: unknown[]): void => {
    if (words[1] !== "ExperimentalWarning") emit(...words);
  };
}
