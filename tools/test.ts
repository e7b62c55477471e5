/**
 * Runs tests, all in one process, and ends with `N passed, N failed, N skipped`.
 *   npm test [-- PATH…] [--name TEXT]     PATH: a file, a folder or part of a path
 * Set TEU_TEST_REPORT=FILE to also write every test's name, result and time as JSON lines.
 */
import { spawnSync } from "node:child_process";
import { globSync, writeFileSync } from "node:fs";
import { run } from "node:test";
import { inspect, parseArgs } from "node:util";
import { projectRoot } from "./project.ts";

interface Result {
  readonly name: string;
  readonly file: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly ms: number;
  readonly reason?: string;
  readonly error?: unknown;
}

const PATTERNS = [
  "packages/*/src/**/*.test.ts",
  "tools/**/*.test.ts",
  "bench/**/*.test.ts",
  "fuzz/**/*.test.ts",
  "test/**/*.test.ts",
  "examples/**/*.test.ts",
];

process.chdir(projectRoot);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { name: { type: "string" } } });
const testFiles = PATTERNS.flatMap((pattern) => globSync(pattern)).filter((file) => wanted(file));
if (testFiles.some((file) => file.startsWith("test/"))) buildPrograms();
process.exitCode = conclude(await runFiles(testFiles));

/** System tests run the native programs as they are in the tree; what has not changed is not built again. */
function buildPrograms(): void {
  const command = ["--conditions=@teu/source", "tools/native/build.ts"];
  const { status } = spawnSync(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) console.error("the native programs were not built: their tests skip, or run what was built before");
}

function wanted(file: string): boolean {
  if (file.includes("node_modules")) return false;
  return positionals.length === 0 || positionals.some((part) => file.includes(part.replace(/^\.\//, "")));
}

/** Runs test files in this process and collects the result of every test that has no tests inside. */
async function runFiles(files: readonly string[]): Promise<Result[]> {
  const results: Result[] = [];
  const options = values.name === undefined ? {} : { testNamePatterns: [new RegExp(values.name)] };
  const stream = run({ files: [...files], isolation: "none", ...options });
  for await (const event of stream) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    if (event.data.details.type === "suite" || isFileWrapper(event.data)) continue;
    results.push(toResult(event.type, event.data));
    if (event.type === "test:fail") explain(event.data);
  }
  return results;
}

// With the files in one process the runner reports no test for a file as a whole, but it does where one cannot be loaded.
function isFileWrapper(data: {
  readonly name: string;
  readonly file?: string;
  readonly details: { readonly error?: unknown };
}): boolean {
  return data.name === data.file && data.details.error === undefined;
}

interface TestEvent {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details: { readonly duration_ms: number; readonly error?: Error };
}

function toResult(type: string, data: TestEvent): Result {
  const common = { name: data.name, file: data.file ?? "", ms: data.details.duration_ms };
  if (data.skip !== undefined && data.skip !== false)
    return { ...common, outcome: "skipped", reason: String(data.skip) };
  if (type === "test:pass") return { ...common, outcome: "passed" };
  return { ...common, outcome: "failed", error: data.details.error };
}

function explain(data: TestEvent): void {
  const cause: unknown = data.details.error?.cause ?? data.details.error;
  console.error(
    `\nnot ok: ${data.name}\n  at ${data.file ?? "?"}:${data.line ?? 0}\n${inspect(cause).replace(/^/gm, "  ")}`,
  );
}

function conclude(results: readonly Result[]): number {
  const report = process.env["TEU_TEST_REPORT"];
  if (report !== undefined)
    writeFileSync(report, results.map((result) => `${JSON.stringify({ ...result, error: undefined })}\n`).join(""));
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
