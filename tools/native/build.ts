/**
 * Builds the native programs, each two ways, when something they are made from has changed.
 *   sh tools/run tools/native/build.ts [--only quickjs|scriptc] [--force]
 * Without scriptc the QuickJS build stands in for the release build, and says so.
 * @module
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lockFile } from "@teu/std/file-lock";
import { projectRoot } from "../project.ts";
import { declarations } from "./bindings.ts";
import { compilerVersion, libraryOf } from "./c.ts";
import { FRONT, buildFront, isFrontFresh } from "./front.ts";
import { PROGRAMS, type Program, declarationsFile, workDir, wrapperDir } from "./paths.ts";
import { buildQuickJs } from "./quickjs.ts";
import { buildScriptc } from "./scriptc.ts";
import { type Signature, readSignatures } from "./signatures.ts";
import { sourcesOf } from "./stage.ts";

/** The signatures of all wrappers, sorted by file. */
export function allSignatures(): Signature[] {
  const files = readdirSync(wrapperDir).filter((file) => file.endsWith(".c"));
  return files.sort().flatMap((file) => readSignatures(readFileSync(join(wrapperDir, file), "utf8")));
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  const options = { only: { type: "string" }, force: { type: "boolean", default: false } } as const;
  const { values } = parseArgs({ options });
  mkdirSync(workDir, { recursive: true });
  // Builders share stage folders and stamps. The kernel frees the lock of one that dies.
  await using lock = await lockFile(join(workDir, "lock"));
  void lock;
  const signatures = allSignatures();
  const text = declarations(signatures);
  if (!existsSync(declarationsFile) || readFileSync(declarationsFile, "utf8") !== text)
    writeFileSync(declarationsFile, text);
  for (const program of PROGRAMS) {
    if (values.only !== "scriptc") step(program, "quickjs", values.force, () => buildQuickJs(program, signatures));
    if (values.only !== "quickjs") step(program, "scriptc", values.force, () => release(program, signatures));
  }
  if (values.only !== "scriptc") await frontStep(signatures, values.force);
}

/** Builds the program that needs no other build, unless nothing has changed. Without it Node does what it would have done. */
async function frontStep(signatures: readonly Signature[], force: boolean): Promise<void> {
  const stamp = join(workDir, "teu-front.stamp");
  const inputs = digestOf([
    "tools/native",
    "tools/native/quickjs",
    "tools/native/program",
    "packages/kernel/native",
    "packages/cli/native",
  ]);
  const out = join(projectRoot, FRONT);
  if (!force && existsSync(out) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs && isFrontFresh())
    return;
  const start = performance.now();
  try {
    await buildFront(signatures);
    writeFileSync(stamp, inputs);
    console.error(`teu: built teu-front with quickjs in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } catch (error) {
    rmSync(out, { force: true });
    console.error(`teu: teu-front was not built (${String(error)}): Node does its commands, somewhat slower`);
  }
}

function release(program: Program, signatures: readonly Signature[]): void {
  try {
    buildScriptc(program, signatures);
  } catch (error) {
    const out = join(projectRoot, program.out, program.name);
    if (!existsSync(`${out}-quickjs`)) throw error;
    copyFileSync(`${out}-quickjs`, out);
    console.error(
      `teu: scriptc did not build ${program.name} (${String(error)}): its QuickJS build stands in, somewhat slower`,
    );
    process.exitCode = 3;
  }
}

/** Runs `action` unless the inputs of this build are those it last ended well with. */
function step(program: Program, kind: string, force: boolean, action: () => void): void {
  const stamp = join(workDir, `${program.name}-${kind}.stamp`);
  const inputs = fingerprint(program);
  const out = join(projectRoot, program.out, kind === "quickjs" ? `${program.name}-quickjs` : program.name);
  if (!force && existsSync(out) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return;
  const start = performance.now();
  action();
  if (process.exitCode === undefined) writeFileSync(stamp, inputs);
  console.error(`teu: built ${program.name} with ${kind} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function fingerprint(program: Program): string {
  const folders = ["packages/kernel/native", "tools/native", "tools/native/quickjs", "tools/scriptc"];
  if (program.brief === true) folders.push("tools/native/program");
  return libraryOf(program).name + digestOf(folders, sourcesOf(program.entry));
}

/** A digest of the compiler's name, of all files in `folders`, and of other files. */
function digestOf(folders: readonly string[], more: readonly string[] = []): string {
  const hash = createHash("sha256").update(compilerVersion());
  const files = folders.flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
      .map((entry) => `${folder}/${entry.name}`),
  );
  for (const file of [...files, ...more]) hash.update(readFileSync(join(projectRoot, file)));
  return hash.digest("hex");
}
