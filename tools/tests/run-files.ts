/**
 * Runs test files in this process, and tells what came of every test.
 * @module
 */
import { run } from "node:test";
import { inspect } from "node:util";

/** What came of one test that has no tests inside; plain data, so that it can pass between processes. */
export interface Result {
  readonly name: string;
  readonly file: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly ms: number;
  /** Why it was skipped. */
  readonly reason?: string;
}

/** What came of a run. */
export interface Outcome {
  readonly results: readonly Result[];
  /** How long each file kept its process busy, in milliseconds, by path: tests that run at once count once. */
  readonly fileMs: Readonly<Record<string, number>>;
}

interface TestEvent {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string;
  readonly line?: number;
  readonly skip?: string | boolean;
  readonly details: { readonly duration_ms: number; readonly type?: string; readonly error?: Error };
}

/** Runs `files`, only tests whose name has `name` in it if given; failures are told on stderr as they happen. */
export async function runFiles(files: readonly string[], name?: string): Promise<Outcome> {
  const results: Result[] = [];
  const fileMs: Record<string, number> = {};
  const options = name === undefined ? {} : { testNamePatterns: [new RegExp(name)] };
  for await (const event of run({ files: [...files], isolation: "none", ...options })) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { file = "", nesting, details } = event.data;
    if (nesting === 0) fileMs[file] = (fileMs[file] ?? 0) + details.duration_ms;
    if (details.type === "suite" || isFileWrapper(event.data)) continue;
    results.push(toResult(event.type, event.data));
    if (event.type === "test:fail") explain(event.data);
  }
  return { results, fileMs };
}

// With the files in one process the runner reports no test for a file as a whole, but it does where one cannot be loaded.
function isFileWrapper(data: TestEvent): boolean {
  return data.name === data.file && data.details.error === undefined;
}

function toResult(type: string, data: TestEvent): Result {
  const common = { name: data.name, file: data.file ?? "", ms: data.details.duration_ms };
  if (data.skip !== undefined && data.skip !== false)
    return { ...common, outcome: "skipped", reason: String(data.skip) };
  return { ...common, outcome: type === "test:pass" ? "passed" : "failed" };
}

function explain(data: TestEvent): void {
  const cause: unknown = data.details.error?.cause ?? data.details.error;
  console.error(
    `\nnot ok: ${data.name}\n  at ${data.file ?? "?"}:${data.line ?? 0}\n${inspect(cause).replace(/^/gm, "  ")}`,
  );
}
