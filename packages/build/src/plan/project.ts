/**
 * The files of an application as planning sees them: names and small texts. A plan depends on nothing else, so a test plans
 * over a table.
 * @module
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import { cleanPath } from "@teu/std/safe-path";
import type { BuildErrorCode } from "../errors.ts";

/** Read access to an application's folder. Paths are relative, with slashes. */
export interface Project {
  /** The text of a file; nothing if there is no such file. */
  text(path: string): string | undefined;
  /** Whether there is a file or folder of this name. */
  has(path: string): boolean;
  /** The names in a folder, sorted, folders with a slash at their end; none if there is no such folder. */
  list(path: string): readonly string[];
}

const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** The application in a folder. @throws TeuError `ERR_BUILD_SOURCE`, also by its methods. */
export function folderProject(folder: string): Project {
  if (statOf(folder)?.isDirectory() !== true)
    throw unreadable(folder, "no such folder", "the folder of an application");
  const place = (path: string): string => join(folder, cleanPath(path));
  return {
    text: (path) => readText(place(path)),
    has: (path) => statOf(place(path)) !== undefined,
    list: (path) => (statOf(place(path))?.isDirectory() === true ? listFolder(place(path)) : []),
  };
}

function readText(path: string): string | undefined {
  const stat = statOf(path);
  if (stat?.isFile() !== true) return undefined;
  if (stat.size > MAX_TEXT_BYTES) throw unreadable(path, `${stat.size} bytes`, `at most ${MAX_TEXT_BYTES}`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    throw unreadable(path, error instanceof TypeError ? "it is not UTF-8" : String(error), "a text", error);
  }
}

function listFolder(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
}

function statOf(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Something in its way is no folder.
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return undefined;
    throw unreadable(path, String(error), "a readable file", error);
  }
}

function unreadable(path: string, actual: string, expected: string, cause?: unknown): TeuError<BuildErrorCode> {
  return new TeuError("ERR_BUILD_SOURCE", `Reading "${path}": ${actual}, expected ${expected}`, { cause });
}

/** An application in memory: texts by path. */
export function memoryProject(texts: Readonly<Record<string, string>>): Project {
  const paths = Object.keys(texts);
  return {
    text: (path) => (Object.hasOwn(texts, path) ? texts[path] : undefined),
    has: (path) => paths.some((known) => known === path || known.startsWith(`${path}/`)),
    list: (path) => namesIn(paths, path === "." ? "" : `${path}/`),
  };
}

function namesIn(paths: readonly string[], prefix: string): readonly string[] {
  const names = paths
    .filter((path) => path.startsWith(prefix))
    .map((path) => /^[^/]*\/?/.exec(path.slice(prefix.length))?.[0] ?? "");
  return [...new Set(names)].sort();
}
