/**
 * Files by name, wherever they are: in a folder or in an archive. What reads layouts asks for no more.
 * @module
 */
import { readdir } from "node:fs/promises";
import { resolveInRoot } from "@teu/std/safe-path";
import { TeuError } from "@teu/std/error";
import { type ByteSource, collect } from "@teu/std/streams";
import type { ByteRange } from "../verified-read.ts";
import { isAbsent, openConfined } from "./confined-file.ts";
import { readFileRange } from "./read-file.ts";

/** A file that is open for reading. */
export interface ReadableFile extends AsyncDisposable {
  /** Nothing for a part of an archive. */
  readonly fd?: number;
  /** In bytes. */
  readonly size: number;
  /** Reads a part, which lies within the size. */
  read(range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Files by name, with slashes between folders. */
export interface FileSet extends AsyncDisposable {
  /** Where it is, for messages. */
  readonly path: string;
  /** Opens a file; nothing if there is none. */
  open(name: string): Promise<ReadableFile | undefined>;
  /** The names in a folder, without it; none if there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
}

/** The files of a folder, none of them outside of it. */
export class FolderFiles implements FileSet {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async open(name: string): Promise<ReadableFile | undefined> {
    const file = await openConfined(this.path, name);
    if (file === undefined) return undefined;
    return {
      fd: file.fd,
      size: file.size,
      read: (range, signal) => readFileRange(file, range, signal),
      [Symbol.asyncDispose]: async () => file[Symbol.dispose](),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async list(folder: string): Promise<readonly string[]> {
    try {
      return await readdir(await resolveInRoot(this.path, folder));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }
}

/**
 * Reads a whole small file; nothing if there is none.
 * @throws TeuError `ERR_TOO_LARGE`
 */
export async function readSmallFile(files: FileSet, name: string, maxBytes: number): Promise<Uint8Array | undefined> {
  await using file = await files.open(name);
  if (file === undefined) return undefined;
  const what = `"${name}" of ${files.path}`;
  if (file.size > maxBytes) {
    const message = `Reading ${what}: ${file.size} bytes, expected at most ${maxBytes}`;
    throw new TeuError("ERR_TOO_LARGE", message, { detail: { maxBytes } });
  }
  const content: ByteSource = file.read({ start: 0, end: file.size });
  return await collect(content, { maxBytes, what });
}
