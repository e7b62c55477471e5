/**
 * The C compiler: any `cc` will do. An object is compiled again only when its source, a header or the command changed.
 * @module
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { engineDir, workDir, wrapperDir } from "./paths.ts";

/** The C compiler's name: `CC`, such as a cross compiler, or `cc`. */
export const cc: string = process.env["CC"] ?? "cc";

/** Flags of our own C: no warning is let through. */
export const STRICT: readonly string[] = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"];
const SECTIONS: readonly string[] = ["-ffunction-sections", "-fdata-sections", "-fno-asynchronous-unwind-tables"];

/** Runs the C compiler; its messages go to stderr. Throws if it fails. */
export function compile(args: readonly string[]): void {
  execFileSync(cc, [...args], { stdio: ["ignore", "inherit", "inherit"] });
}

/** Compiles the wrappers; returns their objects. */
export function wrapperObjects(extra: readonly string[] = []): string[] {
  const sources = readdirSync(wrapperDir).filter((file) => file.endsWith(".c"));
  const flags = [...STRICT, ...SECTIONS, "-Wno-missing-field-initializers", ...extra];
  return sources.sort().map((file) => object(join(wrapperDir, file), flags));
}

/** Compiles QuickJS-ng without its library of host functions; returns the objects. */
export function engineObjects(): string[] {
  const sources = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"];
  return sources.map((file) =>
    object(join(engineDir(), file), ["-std=gnu11", "-O2", "-w", "-D_GNU_SOURCE", ...SECTIONS]),
  );
}

/** Compiles one source to an object in the work folder, unless it is there already. */
export function object(source: string, flags: readonly string[]): string {
  const key = createHash("sha256").update(JSON.stringify([compilerVersion(), flags]));
  for (const file of [source, ...headersBeside(source)]) key.update(readFileSync(file));
  const path = join(workDir, "objects", `${basename(source, ".c")}-${key.digest("hex").slice(0, 16)}.o`);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  compile([...flags, "-c", source, "-o", `${path}.part`]);
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
