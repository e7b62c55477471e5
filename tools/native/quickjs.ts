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
  const isKept = program.start !== undefined && host === cc && linkKept(program, `${out}.part`, { folder, bytecode });
  if (!isKept) link(program, `${out}.part`, { bytecode });
  renameSync(`${out}.part`, out);
  return out;
}

/** What a link has beside the objects that all have. */
interface Parts {
  readonly bytecode?: string;
  /** The bytecode is run to keep what it leaves behind. */
  readonly isToKeep?: boolean;
  readonly kept?: string;
}

/**
 * Links the program twice: first to keep what its bytecode leaves behind, then with that in the place of the bytecode.
 * Returns whether that went well; a program that reads its bytecode does the same, somewhat later.
 */
function linkKept(program: Program, out: string, { folder, bytecode }: { folder: string; bytecode: string }): boolean {
  const keeper = join(folder, "keeper");
  const kept = join(folder, "kept");
  link(program, keeper, { bytecode, isToKeep: true });
  writeFileSync(kept, execFileSync(keeper, { maxBuffer: 1 << 24, stdio: ["ignore", "pipe", "inherit"] }));
  link(program, out, { kept });
  // What is kept points into the code, which has to be where it was.
  if (codeOf(keeper).equals(codeOf(out))) return true;
  console.error(
    `teu: ${program.name} with QuickJS reads its bytecode at every start: its code moved between two links`,
  );
  return false;
}

function codeOf(program: string): Buffer {
  const sections = [".text", ".rodata", ".data.rel.ro", ".data"].map((name) => `--only-section=${name}`);
  execFileSync("objcopy", ["-O", "binary", ...sections, program, `${program}.code`]);
  const code = readFileSync(`${program}.code`);
  rmSync(`${program}.code`);
  return code;
}

function link(program: Program, out: string, { bytecode, isToKeep, kept }: Parts): void {
  const folder = join(workDir, `${program.name}-quickjs`);
  const library = libraryOf(program);
  const defines = [
    `-DIS_TO_KEEP="${isToKeep === true ? 1 : 0}"`,
    ...(bytecode === undefined ? [] : [`-DBYTECODE="${bytecode}"`]),
    ...(kept === undefined ? [] : [`-DKEPT="${kept}"`]),
  ];
  const sources = [
    join(folder, "glue.c"),
    ...["quickjs/host.c", "quickjs/bytecode.c", "program/kept.c"].map((file) => join(toolDir, file)),
  ];
  const objects = [...wrapperObjects(library), ...engineObjects(library)];
  if (program.brief === true) objects.push(...briefObjects(library), BRIEF_LINK);
  const flags = [...STRICT, ...QUIET, ...defines, `-I${engineDir()}`, `-I${wrapperDir}`, ...library.flags];
  // Both at addresses of their own, so that what they hold moves nothing else.
  const places = "-Wl,--gc-sections,--section-start=.kept=0x10000000,--section-start=.bytecode=0x20000000";
  compile([...flags, ...sources, ...objects, "-static", "-s", places, "-lm", "-lpthread", "-o", out], library.compiler);
}

// The header of the engine is not written for -Wextra.
const QUIET = ["-Wno-unused-parameter", "-Wno-sign-compare", "-Wno-cast-function-type"];

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

function bytecodeCompiler(host: string): string {
  const out = join(workDir, "bytecode-compiler");
  // Bytecode is the same on all machines of 64 bits, lowest byte first.
  if (host !== cc && existsSync(out)) return out;
  if (host !== cc) throw new Error("Building for another machine: build for this one first, which makes the bytecode");
  const source = object(join(toolDir, "quickjs/compile.c"), [...STRICT, ...QUIET, `-I${engineDir()}`]);
  compile([source, ...engineObjects(), "-lm", "-lpthread", "-o", out]);
  return out;
}
