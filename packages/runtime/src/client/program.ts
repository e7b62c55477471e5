/**
 * Where the program `teu-runtime` is. This file imports nothing else, for those that start it themselves.
 * @module
 */
import { join } from "node:path";

/** The path of the `teu-runtime` that this package brings. */
export function runtimeProgram(): string {
  return join(import.meta.dirname, "..", "..", "dist", "teu-runtime");
}
