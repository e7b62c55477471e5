/**
 * System tests that take long: minutes of other programs, databases and engines. A run that names no path leaves them
 * out and counts them as skipped; TEU_SYSTEM_TESTS=1 runs them, as `.ci/run` does.
 * @module
 */
import type { Result } from "./run-files.ts";

/** The system tests of every run: they show in seconds whether the programs still work on this machine. */
const SHORT: readonly string[] = [
  "test/layer/peers.test.ts",
  "test/quickstart/quickstart.test.ts",
  "test/runtime/descriptors.test.ts",
  "test/runtime/exec.test.ts",
  "test/runtime/life.test.ts",
  "test/runtime/mounts.test.ts",
  "test/runtime/namespaces.test.ts",
  "test/runtime/root.test.ts",
  "test/runtime/security.test.ts",
  "test/runtime/terminal.test.ts",
];

/** Whether the tests of a file take long. */
export function isLong(file: string): boolean {
  return file.startsWith("test/") && !SHORT.includes(file);
}

/** A file that is left out, as a test that was skipped. */
export function leftOut(file: string): Result {
  return { name: file, file, outcome: "skipped", ms: 0, reason: "system tests that take long: set TEU_SYSTEM_TESTS=1" };
}
