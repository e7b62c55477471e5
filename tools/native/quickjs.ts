/**
 * The reference build: the program as bytecode inside QuickJS-ng, which has the whole language.
 * @module
 */
import { buildSync } from "esbuild";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../project.ts";
import {
  BRIEF_LINK,
  STRICT,
  briefObjects,
  cc,
  compile,
  engineObjects,
  libraryOf,
  object,
  wrapperObjects,
} from "./c.ts";
import { glue } from "./bindings.ts";
import { type Program, engineDir, toolDir, workDir, wrapperDir } from "./paths.ts";
import type { Signature } from "./signatures.ts";

/** Builds `program` as `NAME-quickjs`; returns its path. `host` is the C compiler of this machine where `CC` is a cross compiler. */
export function buildQuickJs(program: Program, signatures: readonly Signature[], host: string = cc): string {
  const folder = join(workDir, `${program.name}-quickjs`);
  mkdirSync(folder, { recursive: true });
  const compiler = bytecodeCompiler(host);
  const script = join(folder, "bytecode.js");
  bundle(program.entry, script);
  execFileSync(compiler, [script, "bytecode", join(folder, "bytecode.h")]);
  writeFileSync(join(folder, "glue.c"), glue(signatures));
  const ours = [join(folder, "glue.c"), join(toolDir, "quickjs/host.c")];
  const include = [`-I${folder}`, `-I${engineDir()}`, `-I${wrapperDir}`];
  const out = join(projectRoot, program.out, `${program.name}-quickjs`);
  mkdirSync(dirname(out), { recursive: true });
  const library = libraryOf(program);
  const objects = [...wrapperObjects(library), ...engineObjects(library)];
  if (program.brief === true) objects.push(...briefObjects(library), BRIEF_LINK);
  const link = ["-static", "-s", "-Wl,--gc-sections", "-lm", "-lpthread"];
  const flags = [...STRICT, ...QUIET, ...include, ...library.flags];
  compile([...flags, ...ours, ...objects, ...link, "-o", `${out}.part`], library.compiler);
  renameSync(`${out}.part`, out);
  return out;
}

// The header of the engine is not written for -Wextra.
const QUIET = ["-Wno-unused-parameter", "-Wno-sign-compare", "-Wno-cast-function-type"];

function bundle(entry: string, outfile: string): void {
  const result = buildSync({
    entryPoints: [join(projectRoot, entry)],
    outfile,
    bundle: true,
    format: "iife",
    target: "es2023",
    conditions: ["@teu/source"],
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    logLevel: "silent",
  });
  for (const warning of result.warnings) console.error(`teu: bundle of ${entry}: ${warning.text}`);
}

function bytecodeCompiler(host: string): string {
  const out = join(workDir, "bytecode-compiler");
  // Bytecode is the same on all machines of 64 bits, lowest byte first.
  if (host !== cc && existsSync(out)) return out;
  if (host !== cc) throw new Error("Building for another machine: build for this one first, which makes the bytecode");
  const source = object(join(toolDir, "quickjs/compile.c"), [...STRICT, ...QUIET, `-I${engineDir()}`]);
  compile([source, ...engineObjects(), "-lm", "-lpthread", "-o", out]);
  return out;
}
