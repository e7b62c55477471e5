/**
 * The reference build: the program as bytecode inside QuickJS-ng, which has the whole language.
 * @module
 */
import { buildSync } from "esbuild";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
  const script = join(folder, "bytecode.js");
  const bytecode = join(folder, "bytecode");
  bundle(program, script);
  execFileSync(bytecodeCompiler(host), [script, "bytecode", bytecode]);
  writeFileSync(join(folder, "glue.c"), glue(signatures));
  const out = join(projectRoot, program.out, `${program.name}-quickjs`);
  mkdirSync(dirname(out), { recursive: true });
  // What a program for another machine would leave behind cannot be had here.
  const linkTo = (path: string, defines: readonly string[]): void => link(program, path, defines);
  const kept = { name: program.name, out: `${out}.part`, folder, bytecode, linkTo };
  if (program.start === undefined || host !== cc || !linkKept(kept))
    linkTo(`${out}.part`, ['-DIS_TO_KEEP="0"', `-DBYTECODE="${bytecode}"`]);
  renameSync(`${out}.part`, out);
  return out;
}

/** More than any program keeps. */
export const MAX_KEPT_BYTES: number = 1 << 26;

/** A program that is to be kept. */
interface Keeping {
  readonly name: string;
  readonly out: string;
  /** For what is left between the two links. */
  readonly folder: string;
  readonly bytecode: string;
  readonly linkTo: (out: string, defines: readonly string[]) => void;
}

/**
 * Links a program twice: first to keep what its bytecode leaves behind, then with that in the place of the bytecode.
 * Returns whether that went well; a program that reads its bytecode does the same, somewhat later.
 */
export function linkKept({ name, out, folder, bytecode, linkTo }: Keeping): boolean {
  const keeper = join(folder, "keeper");
  const kept = join(folder, "kept");
  linkTo(keeper, ['-DIS_TO_KEEP="1"', `-DBYTECODE="${bytecode}"`]);
  writeFileSync(kept, execFileSync(keeper, { maxBuffer: MAX_KEPT_BYTES, stdio: ["ignore", "pipe", "inherit"] }));
  linkTo(out, ['-DIS_TO_KEEP="0"', `-DKEPT="${kept}"`]);
  // What is kept points into the code, which has to be where it was.
  if (codeOf(keeper).equals(codeOf(out))) return true;
  console.error(`teu: ${name} with QuickJS reads its bytecode at every start: its code moved between two links`);
  return false;
}

function codeOf(program: string): Buffer {
  const sections = [".text", ".rodata", ".data.rel.ro", ".data"].map((name) => `--only-section=${name}`);
  execFileSync("objcopy", ["-O", "binary", ...sections, program, `${program}.code`]);
  const code = readFileSync(`${program}.code`);
  rmSync(`${program}.code`);
  return code;
}

function link(program: Program, out: string, defines: readonly string[]): void {
  const folder = join(workDir, `${program.name}-quickjs`);
  const library = libraryOf(program);
  const sources = [join(folder, "glue.c"), ...HOST_SOURCES];
  const objects = [...wrapperObjects(library), ...engineObjects(library)];
  if (program.brief === true) objects.push(...briefObjects(library), BRIEF_LINK);
  const flags = [...STRICT, ...QUIET, ...defines, `-I${engineDir()}`, `-I${wrapperDir}`, ...library.flags];
  compile([...flags, ...sources, ...objects, "-static", "-s", PLACES, "-lm", "-lpthread", "-o", out], library.compiler);
}

/** What a program on QuickJS has beside its wrappers and the engine. */
export const HOST_SOURCES: readonly string[] = ["quickjs/host.c", "quickjs/bytecode.c", "program/kept.c"].map((file) =>
  join(toolDir, file),
);

/** What is kept and the bytecode have addresses of their own, so that what they hold moves nothing else. */
export const PLACES = "-Wl,--gc-sections,--section-start=.kept=0x10000000,--section-start=.bytecode=0x20000000";

/** The header of the engine is not written for -Wextra. */
export const QUIET: readonly string[] = ["-Wno-unused-parameter", "-Wno-sign-compare", "-Wno-cast-function-type"];

function bundle({ entry, start }: Program, outfile: string): void {
  const result = buildSync({
    entryPoints: [join(projectRoot, start ?? entry)],
    outfile,
    bundle: true,
    format: "iife",
    ...(start === undefined ? {} : { globalName: "program" }),
    target: "es2023",
    conditions: ["@teu/source"],
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    logLevel: "silent",
  });
  for (const warning of result.warnings) console.error(`teu: bundle of ${entry}: ${warning.text}`);
}

/** The program that makes bytecode of a script, built when it is missing. */
export function bytecodeCompiler(host: string): string {
  const out = join(workDir, "bytecode-compiler");
  // Bytecode is the same on all machines of 64 bits, lowest byte first.
  if (host !== cc && existsSync(out)) return out;
  if (host !== cc) throw new Error("Building for another machine: build for this one first, which makes the bytecode");
  const source = object(join(toolDir, "quickjs/compile.c"), [...STRICT, ...QUIET, `-I${engineDir()}`]);
  compile([source, ...engineObjects(), "-no-pie", "-lm", "-lpthread", "-o", out]);
  return out;
}
