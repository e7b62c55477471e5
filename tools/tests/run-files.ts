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

/** A test that begins or ends. */
export interface Progress {
  readonly name: string;
  readonly file?: string | undefined;
  readonly began: boolean;
}

/** Which tests to run, and whom to tell. */
export interface RunOptions {
  /** Only tests whose name has this text. */
  readonly name?: string | undefined;
  readonly onProgress: (progress: Progress) => void;
}

interface TestEvent {
  readonly name: string;
  readonly file?: string;
  readonly nesting: number;
  readonly line?: number;
  readonly skip?: string | boolean;
  readonly details: { readonly duration_ms: number; readonly type?: string; readonly error?: Error };
}

/** Runs `files`; failures are told on stderr as they happen. Ends with the last test, whatever the tests left open. */
export async function runFiles(files: readonly string[], { name, onProgress }: RunOptions): Promise<Outcome> {
  const results: Result[] = [];
  const fileMs: Record<string, number> = {};
  const options = name === undefined ? {} : { testNamePatterns: [new RegExp(name)] };
  // The tests of the first level are all known before the first begins.
  let left = 0;
  for await (const { type, data } of run({ files: [...files], isolation: "none", ...options })) {
    if (type === "test:enqueue" && data.nesting === 0) left += 1;
    if (type === "test:dequeue") onProgress({ name: data.name, file: data.file, began: true });
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { file = "", nesting, details } = data;
    onProgress({ name: data.name, file, began: false });
    results.push(...toResults(type, data));
    if (nesting > 0) continue;
    fileMs[file] = (fileMs[file] ?? 0) + details.duration_ms;
    left -= 1;
    if (left === 0) break;
  }
  return { results, fileMs };
}

// With the files in one process the runner reports no test for a file as a whole, but it does where one cannot be loaded.
function toResults(type: string, data: TestEvent): readonly Result[] {
  const { name, file = "", skip, details } = data;
  const common = { name, file, ms: details.duration_ms };
  // Of a suite that is skipped no test is reported.
  if (skip !== undefined && skip !== false) return [{ ...common, outcome: "skipped", reason: String(skip) }];
  if (details.type === "suite" || (name === file && details.error === undefined)) return [];
  if (type === "test:pass") return [{ ...common, outcome: "passed" }];
  explain(data);
  return [{ ...common, outcome: "failed" }];
}

function explain(data: TestEvent): void {
  const cause: unknown = data.details.error?.cause ?? data.details.error;
  console.error(
    `\nnot ok: ${data.name}\n  at ${data.file ?? "?"}:${data.line ?? 0}\n${inspect(cause).replace(/^/gm, "  ")}`,
  );
}
