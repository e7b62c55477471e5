/**
 * Files of a folder that others may have prepared: opened for reading without being led out of it, and without waiting
 * on what is no regular file.
 *
 * Opening a file and reading a small one is done at once: to have another thread do it takes many times as long.
 * @module
 */
import { closeSync, constants, fstatSync, openSync, read, readSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import { resolveInRoot } from "@teu/std/safe-path";
import type { ContentErrorCode } from "../errors.ts";
import type { FileReader } from "./read-file.ts";

/** A file that is open, and its size in bytes. */
export interface OpenedFile extends FileReader, Disposable {
  readonly fd: number;
  readonly size: number;
}

/**
 * Opens the file `name` below `root` for reading; symbolic links are followed as if `root` were the root of all files.
 * Answers nothing if there is no such file.
 * @throws TeuError `ERR_LAYOUT_LINK` if it is no regular file.
 */
export async function openConfined(root: string, name: string): Promise<OpenedFile | undefined> {
  const fd = openExisting(await resolveInRoot(root, name));
  if (fd === undefined) return undefined;
  try {
    return new ConfinedFile(fd, regularSize(fd, root, name));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openExisting(path: string): number | undefined {
  try {
    // Without O_NONBLOCK a FIFO would keep us waiting for someone to write to it.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function regularSize(fd: number, root: string, name: string): number {
  const stats = fstatSync(fd);
  if (stats.isFile()) return stats.size;
  const message = `Reading ${JSON.stringify(join(root, name))}: it is no regular file`;
  throw new TeuError<ContentErrorCode>("ERR_LAYOUT_LINK", message);
}

const SMALL_BYTES = 64 * 1024;

class ConfinedFile implements OpenedFile {
  readonly fd: number;
  readonly size: number;

  constructor(fd: number, size: number) {
    this.fd = fd;
    this.size = size;
  }

  async read(
    memory: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }> {
    if (length <= SMALL_BYTES) return { bytesRead: readSync(this.fd, memory, offset, length, position) };
    return await new Promise((resolve, reject) => {
      read(this.fd, memory, offset, length, position, (error, bytesRead) =>
        error === null ? resolve({ bytesRead }) : reject(error),
      );
    });
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}

/** Tells whether a system error says that a file is not there. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR");
}

/** Tells whether a system error has the code `code`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
