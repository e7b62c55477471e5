/**
 * Folders made with those on their way. Node can do that itself, but then says of a read-only disk that the folder is missing.
 * They are made at once: to have another thread do it would take many times as long.
 * @module
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { hasCode } from "./confined-file.ts";

/** Makes a folder and those above it. Answers the highest that it made; nothing if all were there. */
export function makeFolder(path: string): string | undefined {
  try {
    return makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if (!hasCode(error, "ENOENT") || parent === path) throw error;
    const highest = makeFolder(parent);
    const made = makeOne(path);
    return highest ?? made;
  }
}

/** Makes one folder. Answers its path; nothing if it is there. */
function makeOne(path: string): string | undefined {
  try {
    mkdirSync(path);
    return path;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return undefined;
    throw error;
  }
}
