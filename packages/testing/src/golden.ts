/**
 * Results compared with files under review. A changed golden is changed behaviour.
 * @module
 */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** How {@link assertGolden} treats a difference. */
export interface GoldenOptions {
  /** Write the file instead of comparing. Default: whether TEU_UPDATE_GOLDENS is 1 in the environment. */
  readonly update?: boolean;
}

/**
 * Asserts that `actual` is what the file holds: text in UTF-8, or bytes.
 * @param file Path, or a URL as in `new URL("fixtures/help.txt", import.meta.url)`.
 */
export async function assertGolden(
  actual: string | Uint8Array,
  file: string | URL,
  options: GoldenOptions = {},
): Promise<void> {
  const path = typeof file === "string" ? file : fileURLToPath(file);
  if (options.update ?? process.env["TEU_UPDATE_GOLDENS"] === "1") {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, actual);
    return;
  }
  const expected = await readGolden(path);
  try {
    if (typeof actual === "string") assert.equal(actual, expected.toString("utf8"));
    else assert.ok(expected.equals(actual), describeDifference(actual, expected));
  } catch (error) {
    if (error instanceof Error) error.message = `differs from the golden ${path}; ${HINT}\n${error.message}`;
    throw error;
  }
}

const HINT = "if that is meant, run again with TEU_UPDATE_GOLDENS=1 and review the change";

async function readGolden(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    return assert.fail(`no golden at ${path} (${String(error)}); ${HINT}`);
  }
}

function describeDifference(actual: Uint8Array, expected: Uint8Array): string {
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at += 1;
  return `${actual.length} bytes, expected ${expected.length}; the first difference is at offset ${at}`;
}
