/**
 * Builds the runtime's reference build for arm64 with Debian's cross compiler, and tries it under qemu-user.
 *   sh tools/run tools/native/arm64.ts
 * Needs the packages gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user-static, and a build for this machine.
 * Emulated processes have no namespaces, so what runs no container is tried: reading, planning, printing.
 * @module
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFile } from "@teu/std/file-lock";
import { projectRoot } from "../project.ts";

// Read by the modules that run the compiler, which are loaded after it is set.
process.env["CC"] = "aarch64-linux-gnu-gcc";
const { allSignatures } = await import("./build.ts");
const { buildQuickJs } = await import("./quickjs.ts");
const { workDir } = await import("./paths.ts");

await using lock = await lockFile(join(workDir, "lock"));
void lock;
const entry = "packages/runtime/src/main.ts";
const start = "packages/runtime/src/program.ts";
const program = { name: "teu-runtime", entry, start, out: "packages/runtime/dist/arm64", brief: true };
const built = buildQuickJs(program, allSignatures(), "cc");
const here = join(projectRoot, "packages/runtime/dist/teu-runtime-quickjs");
const folder = mkdtempSync(join(tmpdir(), "teu-arm64-"));
try {
  smokeTest();
} finally {
  rmSync(folder, { recursive: true });
}

function smokeTest(): void {
  for (const words of [["--version"], ["features"], ["help"], ["--root", join(folder, "none"), "list"]])
    assert.equal(run(words), execFileSync(here, words, { encoding: "utf8" }), words.join(" "));
  run(["spec", "--bundle", folder]);
  const written = readFileSync(join(folder, "config.json"), "utf8");
  assert.equal((JSON.parse(written) as { hostname: string }).hostname, "teu");
  const plan = ["plan", "--bundle", folder, "box"];
  assert.equal(run(plan), execFileSync(here, plan, { encoding: "utf8" }), "plan");
  console.log(`teu: ${built} answers as the build for this machine does`);
}

function run(words: readonly string[]): string {
  return execFileSync("qemu-aarch64-static", [built, ...words], { encoding: "utf8" });
}
