/**
 * The C compiler: any `cc` will do. An object is compiled again only when its source, a header or the command changed.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { engineSources } from "./engine.ts";
import { toolDir, workDir, wrapperDir } from "./paths.ts";

/** The C compiler's name: `CC`, such as a cross compiler, or `cc`. */
export const cc: string = process.env["CC"] ?? "cc";

/** Flags of our own C: no warning is let through. */
export const STRICT: readonly string[] = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"];
const SECTIONS: readonly string[] = ["-ffunction-sections", "-fdata-sections", "-fno-asynchronous-unwind-tables"];

/** Runs the C compiler; its messages go to stderr. Throws if it fails. */
export function compile(args: readonly string[], compiler: string = cc): void {
  execFileSync(compiler, [...args], { stdio: ["ignore", "inherit", "inherit"] });
}

/** A C library to be linked with, by the compiler that knows it. */
export interface Library {
  readonly name: "gnu" | "musl";
  readonly compiler: string;
  /** What the compiler needs to be told to find the headers of Linux. */
  readonly flags: readonly string[];
}

/** The usual one. All programs have their functions at fixed places, and share what is compiled. */
export const GNU: Library = { name: "gnu", compiler: cc, flags: ["-fno-pie"] };

/** musl for brief programs, where its compiler is there: it starts sooner and holds less. glibc otherwise. */
export function libraryOf(program: { readonly brief?: boolean }): Library {
  if (program.brief !== true || process.env["CC"] !== undefined || !hasMusl()) return GNU;
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const headers = ["/usr/include", `/usr/include/${machine}-linux-gnu`];
  return { name: "musl", compiler: "musl-gcc", flags: headers.flatMap((folder) => ["-idirafter", folder]) };
}

function hasMusl(): boolean {
  return spawnSync("musl-gcc", ["--version"]).status === 0;
}

/** Compiles the wrappers; returns their objects. */
export function wrapperObjects(library: Library = GNU): string[] {
  const sources = readdirSync(wrapperDir).filter((file) => file.endsWith(".c"));
  const flags = [...STRICT, ...SECTIONS, "-Wno-missing-field-initializers"];
  return sources.sort().map((file) => object(join(wrapperDir, file), flags, library));
}

/** Compiles the beginning and the memory that brief programs have of their own, all but kept.c; returns the objects. */
export function briefObjects(library: Library): string[] {
  // No calls of the C library that are not there to be seen, and nothing that needs it to be set up.
  const flags = [...STRICT, "-fno-builtin", "-fno-stack-protector", "-fno-sanitize=all"];
  return ["start.c", "memory.c"].map((file) => object(join(toolDir, "program", file), flags, library));
}

/** Compiles the place of what is kept, empty; returns the object. */
export function keptObject(library: Library): string {
  return object(join(toolDir, "program/kept.c"), STRICT, library);
}

/** What the linker is told for a brief program. */
export const BRIEF_LINK = "-Wl,-e,teu_start";

/** Compiles QuickJS-ng without its library of host functions; returns the objects. */
export function engineObjects(library: Library = GNU): string[] {
  const sources = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"];
  const flags = ["-std=gnu11", "-O2", "-w", "-D_GNU_SOURCE", ...SECTIONS];
  const folder = engineSources();
  return sources.map((file) => object(join(folder, file), flags, library));
}

/** Compiles one source to an object in the work folder, unless it is there already. */
export function object(source: string, own: readonly string[], { compiler, flags: more }: Library = GNU): string {
  const flags = [...own, ...more];
  const key = createHash("sha256").update(JSON.stringify([compilerVersion(), compiler, flags]));
  for (const file of [source, ...headersBeside(source)]) key.update(readFileSync(file));
  const path = join(workDir, "objects", `${basename(source, ".c")}-${key.digest("hex").slice(0, 16)}.o`);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  compile([...flags, "-c", source, "-o", `${path}.part`], compiler);
  renameSync(`${path}.part`, path);
  return path;
}

function headersBeside(source: string): string[] {
  const folder = dirname(source);
  const headers = readdirSync(folder).filter((file) => file.endsWith(".h"));
  return headers.sort().map((file) => join(folder, file));
}

let version: string | undefined;

/** The first line of the compiler's own description; throws where there is no compiler. */
export function compilerVersion(): string {
  version ??= execFileSync(cc, ["--version"], { encoding: "utf8" }).split("\n")[0] ?? "";
  return `${cc} ${version}`;
}
