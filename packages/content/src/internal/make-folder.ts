/**
 * Folders made with those on their way. Node can do that itself, but then says of a read-only disk that the folder is missing.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "./confined-file.ts";

/** Makes a folder and those above it. Answers the highest that it made; nothing if all were there. */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if (!hasCode(error, "ENOENT") || parent === path) throw error;
    const highest = await makeFolder(parent);
    const made = await makeOne(path);
    return highest ?? made;
  }
}

/** Makes one folder. Answers its path; nothing if it is there. */
async function makeOne(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return undefined;
    throw error;
  }
}
