/**
 * Small records as JSON files. A reader sees the old one or the new one.
 * @module
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** The record at a path; nothing where there is none, or none that is whole. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what it wrote there
export function readRecord<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Puts a record in place. Only its owner may read it: records hold environments. */
export function writeRecord(path: string, value: unknown): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, JSON.stringify(value), { mode: 0o600 });
  renameSync(part, path);
}
