/**
 * A file that is written over a while and takes its name at the end; or, where a pipe has that name, is then poured into it.
 * @module
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { StagedFile, TEMPORARY_PREFIX } from "@teu/std/atomic-file";
import { readFileRange } from "./read-file.ts";
import { isAbsent } from "./confined-file.ts";

/** A file on its way. */
export interface OutputFile extends AsyncDisposable {
  readonly handle: FileHandle;
  /** Where it is until then. */
  readonly folder: string;
  /** Brings the file to its place. */
  commit(): Promise<void>;
}

/** Begins a file that is to be at `path`. Disposed of without a commit it leaves nothing. */
export async function openOutput(path: string): Promise<OutputFile> {
  return (await isSpecial(path)) ? await pouredFile(path) : await stagedFile(path);
}

/** Tells whether `path` is there and no regular file, as `/dev/stdout` in a pipeline is. */
async function isSpecial(path: string): Promise<boolean> {
  try {
    const stats = await stat(path);
    return !stats.isFile() && !stats.isDirectory();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function stagedFile(path: string): Promise<OutputFile> {
  const temporary = join(dirname(path), TEMPORARY_PREFIX + randomBytes(12).toString("hex"));
  const handle = await open(temporary, "wx+");
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    handle,
    folder: dirname(path),
    commit: async () => {
      await handle.sync();
      await close();
      await new StagedFile(temporary).replace(path);
    },
    [Symbol.asyncDispose]: async () => {
      await close();
      await rm(temporary, { force: true });
    },
  };
}

async function pouredFile(path: string): Promise<OutputFile> {
  const handle = await openNameless(tmpdir());
  return {
    handle,
    folder: tmpdir(),
    commit: async () => {
      const { size } = await handle.stat();
      await writeFile(path, readFileRange(handle, { start: 0, end: size }), { flag: "a" });
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** Opens a temporary file that has no name: it is gone when it is closed, also if the process dies. */
export async function openNameless(folder: string): Promise<FileHandle> {
  const path = await mkdtemp(join(folder, "teu-"));
  try {
    return await open(join(path, "file"), "wx+", 0o600);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
