/**
 * Files of settings of the user, which need not be there.
 * @module
 */
import { readFileSync } from "node:fs";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "./errors.ts";

/** The text of a file, if it is there. @param code Of the error for one that cannot be read. @throws TeuError */
export function readSettings(path: string, code: BuildErrorCode): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? error.code : undefined;
    if (reason === "ENOENT" || reason === "ENOTDIR") return undefined;
    throw new TeuError(code, `Reading "${path}": ${String(reason)}, expected a readable file`, { cause: error });
  }
}
