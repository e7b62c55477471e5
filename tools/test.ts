/**
 * Runs tests, a process for each core, and ends with `N passed, N failed, N skipped`.
 *   npm test [-- PATH…] [--name TEXT]     PATH: a file, a folder or part of a path
 * Without PATH, system tests that take long are left out; TEU_SYSTEM_TESTS=1 runs them too, and TEU_LONG_TESTS=1 also runs
 * tests in forms that take minutes each. Set TEU_TEST_REPORT=FILE to write every test's name, result and time as JSON lines.
 */
import { spawnSync } from "node:child_process";
import { globSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { projectRoot } from "./project.ts";
import { runLane, startLane } from "./tests/lane.ts";
import { lanesOf, readTimes, saveTimes } from "./tests/lanes.ts";
import { isLong, leftOut } from "./tests/long.ts";
import type { Result } from "./tests/run-files.ts";

const PATTERNS = [
  "packages/*/src/**/*.test.ts",
  "tools/**/*.test.ts",
  "bench/**/*.test.ts",
  "fuzz/**/*.test.ts",
  "test/**/*.test.ts",
  "examples/**/*.test.ts",
];
const options = { name: { type: "string" }, lane: { type: "boolean" } } as const;

process.chdir(projectRoot);
const { values, positionals } = parseArgs({ allowPositionals: true, options });
if (values.lane === true) await runLane(positionals, values.name);
else process.exitCode = conclude(await runWanted(PATTERNS.flatMap((pattern) => globSync(pattern)).filter(wanted)));

function wanted(file: string): boolean {
  if (file.includes("node_modules")) return false;
  return positionals.length === 0 || positionals.some((part) => file.includes(part.replace(/^\.\//, "")));
}

async function runWanted(files: readonly string[]): Promise<Result[]> {
  const all =
    positionals.length > 0 || ["TEU_SYSTEM_TESTS", "TEU_LONG_TESTS"].some((name) => process.env[name] === "1");
  if (all) process.env["TEU_SYSTEM_TESTS"] = "1";
  const [now, later] = [files.filter((file) => all || !isLong(file)), files.filter((file) => !all && isLong(file))];
  return [...(await runAll(now)), ...later.map(leftOut)];
}

async function runAll(files: readonly string[]): Promise<readonly Result[]> {
  if (files.some((file) => file.startsWith("test/"))) buildPrograms();
  const lanes = lanesOf(files, availableParallelism(), readTimes());
  const outcomes = await Promise.all(lanes.map((lane) => startLane(import.meta.filename, lane, values)));
  for (const { fileMs } of outcomes) saveTimes(fileMs);
  return outcomes.flatMap(({ results }) => results);
}

/** System tests run the native programs as they are in the tree; what has not changed is not built again. */
function buildPrograms(): void {
  const command = ["--conditions=@teu/source", "tools/native/build.ts"];
  const { status } = spawnSync(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) console.error("the native programs were not built: their tests skip, or run what was built before");
}

function conclude(results: readonly Result[]): number {
  const report = process.env["TEU_TEST_REPORT"];
  if (report !== undefined) writeFileSync(report, results.map((result) => `${JSON.stringify(result)}\n`).join(""));
  printSkips(results);
  printSlowest(results);
  const failed = count(results, "failed");
  console.log(`${count(results, "passed")} passed, ${failed} failed, ${count(results, "skipped")} skipped`);
  if (results.length === 0) console.error("no test matched");
  return failed > 0 || results.length === 0 ? 1 : 0;
}

function count(results: readonly Result[], outcome: Result["outcome"]): number {
  return results.filter((result) => result.outcome === outcome).length;
}

function printSkips(results: readonly Result[]): void {
  const reasons = Map.groupBy(
    results.filter((result) => result.outcome === "skipped"),
    (result) => result.reason,
  );
  for (const [reason, tests] of reasons) console.log(`skipped ${tests.length}: ${reason}`);
}

function printSlowest(results: readonly Result[]): void {
  const slow = results.filter((result) => result.ms > 1000).sort((a, b) => b.ms - a.ms);
  for (const { name, ms } of slow.slice(0, 5)) console.log(`slow: ${(ms / 1000).toFixed(1)} s ${name}`);
}
