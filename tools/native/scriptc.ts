/**
 * The release build: the program compiled ahead of time by scriptc, in a folder of its own because of its size.
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../project.ts";
import { manifest } from "./bindings.ts";
import { BRIEF_LINK, type Library, briefObjects, keptObject, libraryOf, wrapperObjects } from "./c.ts";
import { type Program, toolDir, workDir } from "./paths.ts";
import type { Signature } from "./signatures.ts";
import { sourcesOf, stage } from "./stage.ts";

/** Builds `program` with scriptc; returns its path. Throws where the compiler cannot be brought or refuses the sources. */
export function buildScriptc(program: Program, signatures: readonly Signature[]): string {
  const compiler = bringScriptc();
  const folder = join(workDir, program.name);
  stage(sourcesOf(program.entry), join(folder, "src"));
  const library = libraryOf(program);
  const own = program.brief === true ? [...briefObjects(library), keptObject(library)] : [];
  const objects = [...wrapperObjects(library), ...own];
  writeFileSync(join(folder, "bindings.json"), manifest(signatures, objects));
  const out = join(projectRoot, program.out, program.name);
  mkdirSync(dirname(out), { recursive: true });
  const options = ["--ffi", join(folder, "bindings.json"), "--strip", "--no-keep-c", "-o", `${out}.part`];
  execFileSync(process.execPath, [compiler, "build", join(folder, "src", program.entry), ...options], {
    cwd: folder,
    env: environment(library, program.brief === true ? BRIEF_LINK : ""),
    stdio: ["ignore", "ignore", "inherit"],
  });
  renameSync(`${out}.part`, out);
  return out;
}

function environment({ name, compiler }: Library, linkFlags: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    SCRIPTC_TARGET: `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-${name}`,
    SCRIPTC_LINKER: join(toolDir, "link.sh"),
    SCRIPTC_CACHE_DIR: join(workDir, "scriptc-cache"),
    TEU_CC: compiler,
    TEU_LINK: linkFlags,
  };
}

/** Installs the pinned compiler when it is not there; returns its first file. */
function bringScriptc(): string {
  const folder = join(workDir, "scriptc");
  const compiler = join(folder, "node_modules/scriptc/dist/bootstrap.js");
  const wanted = readFileSync(join(projectRoot, "tools/scriptc/package-lock.json"));
  const done = join(folder, "done");
  if (existsSync(compiler) && existsSync(done) && readFileSync(done).equals(wanted)) return compiler;
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    cpSync(join(projectRoot, "tools/scriptc", file), join(folder, file));
  const flags = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];
  execFileSync("npm", flags, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  writeFileSync(done, wanted);
  return compiler;
}
