/**
 * Runs the C wrappers under AddressSanitizer and UndefinedBehaviorSanitizer, and under valgrind where that is installed:
 * the reference build with them, on commands that reach most of the wrappers.
 *   sh tools/run tools/native/sanitize.ts
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFile } from "@teu/std/file-lock";
import { glue } from "./bindings.ts";
import { allSignatures } from "./build.ts";
import { STRICT, cc, engineObjects } from "./c.ts";
import { engineDir, workDir, wrapperDir } from "./paths.ts";
import { HOST_SOURCES } from "./quickjs.ts";

await using lock = await lockFile(join(workDir, "lock"));
void lock;
const folder = mkdtempSync(join(tmpdir(), "teu-sanitize-"));
try {
  main();
} finally {
  rmSync(folder, { recursive: true });
}

function main(): void {
  const checked = build(["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-g", "-O1"], "checked");
  const plain = build(["-g", "-O1"], "plain");
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0:abort_on_error=0:exitcode=99" };
  let failures = 0;
  const hasValgrind = spawnSync("valgrind", ["--version"]).status === 0;
  for (const words of commands()) {
    failures += tell(words, spawnSync(checked, words, { encoding: "utf8", env, cwd: folder }));
    const valgrind = ["--quiet", "--error-exitcode=99", "--trace-children=yes", plain, ...words];
    if (hasValgrind) failures += tell(words, spawnSync("valgrind", valgrind, { encoding: "utf8", cwd: folder }));
  }
  console.log(
    `teu: ${commands().length} commands under sanitizers${hasValgrind ? " and valgrind" : ""}: ${failures} errors`,
  );
  process.exitCode = failures === 0 ? 0 : 1;
}

// Commands of ours that fail as they should are fine; what a checker finds is not.
function tell(words: readonly string[], { status, stderr }: { status: number | null; stderr: string }): number {
  if (status !== 99 && !/Sanitizer|runtime error:|==\d+==/.test(stderr)) return 0;
  console.error(`teu: ${words.join(" ")}: status ${status}\n${stderr.slice(0, 4000)}`);
  return 1;
}

function commands(): string[][] {
  const root = ["--root", join(folder, "state")];
  return [
    ["--version"],
    ["features"],
    ["spec", "--bundle", folder],
    ["plan", "--bundle", folder, "--format", "json"],
    [...root, "list"],
    [...root, "state", "none"],
    [...root, "run", "--bundle", folder, "box"],
    [...root, "delete", "--force", "box"],
    [...root, "kill", "box", "\u00ff\u00fe"],
    ["x".repeat(5000)],
  ];
}

function build(flags: readonly string[], name: string): string {
  writeFileSync(join(folder, "glue.c"), glue(allSignatures()));
  const bytecode = join(workDir, "teu-runtime-quickjs/bytecode");
  const wrappers = readdirSync(wrapperDir).filter((file) => file.endsWith(".c"));
  const sources = [join(folder, "glue.c"), ...HOST_SOURCES, ...wrappers.map((file) => join(wrapperDir, file))];
  const quiet = [
    "-Wno-unused-parameter",
    "-Wno-sign-compare",
    "-Wno-cast-function-type",
    "-Wno-missing-field-initializers",
  ];
  const include = [`-I${engineDir()}`, `-I${wrapperDir}`, `-DBYTECODE="${bytecode}"`, '-DIS_TO_KEEP="0"'];
  const out = join(folder, name);
  execFileSync(cc, [
    ...STRICT,
    ...flags,
    ...quiet,
    ...include,
    ...sources,
    ...engineObjects(),
    "-no-pie",
    "-lm",
    "-lpthread",
    "-o",
    out,
  ]);
  return out;
}
