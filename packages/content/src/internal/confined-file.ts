/**
 * Files of a folder that others may have prepared: opened for reading without being led out of it, and without waiting
 * on what is no regular file.
 * @module
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import { resolveInRoot } from "@teu/std/safe-path";
import type { ContentErrorCode } from "../errors.ts";
import { readWhole } from "./read-file.ts";

/** A file that is open, and its size in bytes. */
export interface OpenedFile extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly size: number;
  /** Time of the last change in milliseconds since 1970. */
  readonly mtimeMs: number;
}

/**
 * Opens the file `name` below `root` for reading; symbolic links are followed as if `root` were the root of all files.
 * Answers nothing if there is no such file.
 * @throws TeuError `ERR_LAYOUT_LINK` if it is no regular file.
 */
export async function openConfined(root: string, name: string): Promise<OpenedFile | undefined> {
  const path = await resolveInRoot(root, name);
  const handle = await openExisting(path);
  if (handle === undefined) return undefined;
  try {
    const { size, mtimeMs } = await regular(handle, root, name);
    return { handle, size, mtimeMs, [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    // Without O_NONBLOCK a FIFO would keep us waiting for someone to write to it.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function regular(
  handle: FileHandle,
  root: string,
  name: string,
): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  const stats = await handle.stat();
  if (stats.isFile()) return stats;
  const message = `Reading ${JSON.stringify(join(root, name))}: it is no regular file`;
  throw new TeuError<ContentErrorCode>("ERR_LAYOUT_LINK", message);
}

/**
 * Reads a whole small file below `root`; nothing if there is none.
 * @throws TeuError `ERR_TOO_LARGE`; `ERR_LAYOUT_LINK`.
 */
export async function readConfined(root: string, name: string, maxBytes: number): Promise<Uint8Array | undefined> {
  await using file = await openConfined(root, name);
  if (file === undefined) return undefined;
  const bytes = await readWhole(file.handle, maxBytes);
  if (bytes !== undefined) return bytes;
  const message = `Reading ${JSON.stringify(join(root, name))}: more than ${maxBytes} bytes, expected at most that many`;
  throw new TeuError("ERR_TOO_LARGE", message, { detail: { maxBytes } });
}

/** Tells whether a system error says that a file is not there. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR");
}

/** Tells whether a system error has the code `code`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
