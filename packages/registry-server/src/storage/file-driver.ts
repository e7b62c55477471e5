/**
 * Storage in a folder: `blobs/<algorithm>/<two digits>/<hash>`, `uploads/<id>`, `quarantine/<algorithm>-<hash>` and `journal`. Everything reaches the disk
 * before it is reported: the file, then its name, then the folder.
 * @module
 */
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ByteStream } from "@teu/content/store";
import { type Digest, isDigest, splitDigest } from "@teu/spec/digest";
import { TEMPORARY_PREFIX } from "@teu/std/atomic-file";
import type { ByteSpan, StorageDriver, UploadWriter } from "./driver.ts";
import { JournalFile } from "./journal-file.ts";

const READ_BYTES = 512 * 1024;

/** Opens a storage in `folder`, which is made if it is not there. */
export async function fileDriver(folder: string): Promise<StorageDriver> {
  await mkdir(join(folder, "blobs"), { recursive: true });
  await mkdir(join(folder, "uploads"), { recursive: true });
  return new FileDriver(folder);
}

class FileDriver implements StorageDriver {
  readonly #folder: string;
  readonly #folders = new Map<string, Promise<FileHandle>>();
  readonly #journal: JournalFile;

  constructor(folder: string) {
    this.#folder = folder;
    this.#journal = new JournalFile(folder);
  }

  async size(digest: Digest): Promise<number | undefined> {
    return sizeOf(this.#path(digest));
  }

  read(digest: Digest, span?: ByteSpan): ByteStream {
    return readFile(this.#path(digest), span);
  }

  pathOf(digest: Digest): string {
    return this.#path(digest);
  }

  async store(digest: Digest, bytes: Uint8Array): Promise<void> {
    const path = this.#path(digest);
    const folder = await this.#openFolder(dirname(path));
    const temporary = join(this.#folder, "uploads", `${TEMPORARY_PREFIX}${crypto.randomUUID()}`);
    try {
      const handle = await open(temporary, "wx");
      try {
        await writeChunks(handle, [bytes]);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await folder.datasync();
  }

  async remove(digest: Digest): Promise<void> {
    await remove(this.#path(digest));
  }

  async quarantine(digest: Digest): Promise<void> {
    const folder = join(this.#folder, "quarantine");
    await mkdir(folder, { recursive: true });
    try {
      await rename(this.#path(digest), join(folder, digest.replace(":", "-")));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async *list(): AsyncIterable<{ readonly digest: Digest; readonly size: number }> {
    const root = join(this.#folder, "blobs");
    for (const algorithm of await readdir(root)) {
      for (const shard of await readdir(join(root, algorithm))) {
        for (const name of await readdir(join(root, algorithm, shard))) {
          const digest = `${algorithm}:${name}`;
          const size = isDigest(digest) ? await this.size(digest) : undefined;
          if (isDigest(digest) && size !== undefined) yield { digest, size };
        }
      }
    }
  }

  async append(id: string, offset: number): Promise<UploadWriter> {
    const handle = await open(this.#uploadPath(id), offset === 0 ? "w" : "r+");
    if (offset > 0) await handle.truncate(offset);
    return new FileWriter(handle, offset);
  }

  async uploadSize(id: string): Promise<number | undefined> {
    return sizeOf(this.#uploadPath(id));
  }

  readUpload(id: string): ByteStream {
    return readFile(this.#uploadPath(id));
  }

  async complete(id: string, digest: Digest): Promise<void> {
    const path = this.#path(digest);
    const folder = await this.#openFolder(dirname(path));
    // An upload of no bytes never had a file.
    await using handle = await open(this.#uploadPath(id), "a");
    await handle.datasync();
    await rename(this.#uploadPath(id), path);
    await folder.datasync();
  }

  async discard(id: string): Promise<void> {
    await remove(this.#uploadPath(id));
  }

  async *uploads(): AsyncIterable<string> {
    yield* await readdir(join(this.#folder, "uploads"));
  }

  appendJournal(lines: readonly string[]): Promise<void> {
    return this.#journal.append(lines);
  }

  readJournal(): AsyncIterable<string> {
    return this.#journal.read();
  }

  replaceJournal(lines: Iterable<string>): Promise<void> {
    return this.#journal.replace(lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#journal[Symbol.dispose]();
    const handles = Array.from(this.#folders.values());
    this.#folders.clear();
    for (const handle of handles) await (await handle).close();
  }

  /** A folder of content stays open, since it is synced after each file that comes into it. */
  #openFolder(path: string): Promise<FileHandle> {
    const opened = this.#folders.get(path) ?? openFolder(path);
    this.#folders.set(path, opened);
    opened.catch(() => this.#folders.delete(path));
    return opened;
  }

  #path(digest: Digest): string {
    const { algorithm, encoded } = splitDigest(digest);
    return join(this.#folder, "blobs", algorithm, encoded.slice(0, 2), encoded);
  }

  #uploadPath(id: string): string {
    return join(this.#folder, "uploads", id);
  }
}

class FileWriter implements UploadWriter {
  readonly #handle: FileHandle;
  #position: number;

  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#position = await writeChunks(this.#handle, chunks, this.#position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

async function writeChunks(handle: FileHandle, chunks: readonly Uint8Array[], start = 0): Promise<number> {
  const total = chunks.reduce((sum, { length }) => sum + length, 0);
  if (total === 0) return start;
  const { bytesWritten } = await handle.writev(chunks, start);
  if (bytesWritten === total) return start + total;
  return writeChunks(handle, [Buffer.concat(chunks).subarray(bytesWritten)], start + bytesWritten);
}

async function* readFile(path: string, span?: ByteSpan): ByteStream {
  await using handle = await open(path);
  const end = span?.end ?? (await handle.stat()).size;
  for (let position = span?.start ?? 0; position < end;) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw new Error(`Reading file "${path}": it ends at ${position}, expected ${end} bytes`);
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function openFolder(path: string): Promise<FileHandle> {
  if ((await mkdir(path, { recursive: true })) !== undefined) {
    // The names of the folder and of the one for its algorithm, either of which may be new.
    await syncFolder(dirname(path));
    await syncFolder(dirname(dirname(path)));
  }
  return open(path);
}

async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path);
  await handle.sync();
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
