/**
 * The conformance program of distribution-spec, which is built elsewhere: TEU_OCI_CONFORMANCE names it.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SkipReason } from "@teu/testing/skip";
import type { TempDir } from "@teu/testing/temp-dir";

const program = process.env["TEU_OCI_CONFORMANCE"];
const TIMEOUT_MS = 120_000;

/** Why tests with it are skipped, if they are. */
export function needsConformance(): SkipReason {
  return program === undefined && "needs TEU_OCI_CONFORMANCE, the path of the built conformance program";
}

/** One case of the program. Several may have the same name. */
export interface ConformanceCase {
  /** Such as `sha256 blobs/stream/blob-head`. */
  readonly name: string;
  readonly status: "passed" | "failure" | "skipped" | "error";
}

/** Judges the registry at `host`, with all that the program can test switched on. */
export async function judgeByProgram(
  dir: TempDir,
  host: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly ConformanceCase[]> {
  const results = dir.join("results");
  const options = { OCI_REGISTRY: host, OCI_TLS: "disabled", OCI_DATA_SPARSE: "true", OCI_RESULTS_DIR: results };
  const child = spawn(program ?? "", [], {
    cwd: dir.path,
    env: { ...process.env, ...options, OCI_VERSION: "dev", ...env },
    stdio: "ignore",
    timeout: TIMEOUT_MS,
  });
  // It ends with 1 where a case failed; what failed is in its report.
  await once(child, "exit");
  const report = await readFile(join(results, "junit.xml"), "utf8");
  const found = report.matchAll(/<testcase name="OCI Conformance Test\/([^"]*)"[^>]* status="([a-z]+)"/g);
  return Array.from(found, ([, name = "", status]) => ({ name, status: status as ConformanceCase["status"] }));
}
