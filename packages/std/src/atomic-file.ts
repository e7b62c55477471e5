/**
 * Files that appear whole or not at all. The content goes to a temporary file in the same folder, reaches the disk, and
 * only then takes its name; the name reaches the disk too before success is reported.
 *
 * A failure removes the temporary file; where that fails too, a `SuppressedError` carries both. Only a killed process or a
 * crash leaves one behind: what has a name that starts with {@link TEMPORARY_PREFIX} can be removed once no writer is at
 * work in that folder.
 * @module
 */
import { type FileHandle, link, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TeuError } from "./error.ts";
import type { StdErrorCode } from "./errors.ts";
import type { ByteSource } from "./streams.ts";

/** How the names of temporary files start. */
export const TEMPORARY_PREFIX = ".teu-tmp-";

/** The file operations in use. */
export interface AtomicFileOperations {
  readonly link: typeof link;
  readonly open: typeof open;
  readonly rename: typeof rename;
  readonly unlink: typeof unlink;
}

/** How to write a file. */
export interface AtomicFileOptions {
  /** Permissions, whatever the umask. Default: 0o666 less the umask. */
  readonly mode?: number;
  /**
   * Whether content and name have to reach the disk before success is reported. Without, they survive the process but
   * perhaps not a power failure: for what can be made again. Default: true.
   */
  readonly durable?: boolean;
  /** Checked before each chunk. */
  readonly signal?: AbortSignal | undefined;
  /** Default: those of Node. */
  readonly operations?: AtomicFileOperations;
}

/**
 * Writes a file in place of whatever is at `path`. Readers see the old content or the new one, never a part. A symbolic
 * link at `path` is replaced, not followed.
 * @param content Text is written as UTF-8. A stream that fails leaves everything as it was.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | ByteSource,
  options: AtomicFileOptions = {},
): Promise<void> {
  await using staged = await stageFile(dirname(path), content, options);
  await staged.replace(path);
}

/**
 * Writes a file where nothing is. Of several writers at the same time, one succeeds. Needs a file system with hard links.
 * @throws TeuError `ERR_FILE_EXISTS` if there is anything at `path`.
 */
export async function createFileAtomic(
  path: string,
  content: string | Uint8Array | ByteSource,
  options: AtomicFileOptions = {},
): Promise<void> {
  await using staged = await stageFile(dirname(path), content, options);
  await staged.create(path);
}

/**
 * Writes a temporary file in `folder`, for content whose name is known only once it is read, such as its digest.
 * It is removed when disposed of, unless it has taken its name before.
 */
export async function stageFile(
  folder: string,
  content: string | Uint8Array | ByteSource,
  options: AtomicFileOptions = {},
): Promise<StagedFile> {
  options.signal?.throwIfAborted();
  const { operations = nodeOperations() } = options;
  const path = join(folder, TEMPORARY_PREFIX + randomName());
  const handle = await operations.open(path, "wx", options.mode ?? 0o666);
  await using cleanup = new AsyncDisposableStack();
  const staged = cleanup.use(new StagedFile(path, options));
  await fill(handle, content, options);
  cleanup.move();
  return staged;
}

/** Node's, looked up when a file is written: a module that is not used is not loaded in a pack. */
function nodeOperations(): AtomicFileOperations {
  return { link, open, rename, unlink };
}

/** Two writers hardly ever choose the same, and then one of them fails. To load Node's better randomness takes longer than to write. */
function randomName(): string {
  const part = (): string =>
    Math.floor(Math.random() * 2 ** 48)
      .toString(16)
      .padStart(12, "0");
  return part() + part();
}

async function fill(
  handle: FileHandle,
  content: string | Uint8Array | ByteSource,
  options: AtomicFileOptions,
): Promise<void> {
  await using _closing = handle;
  if (options.mode !== undefined) await handle.chmod(options.mode);
  for await (const chunk of chunksOf(content)) {
    options.signal?.throwIfAborted();
    await writeAll(handle, chunk);
  }
  if (options.durable !== false) await handle.sync();
}

function chunksOf(content: string | Uint8Array | ByteSource): ByteSource {
  if (typeof content === "string") return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, offset);
    offset += bytesWritten;
  }
}

/** A complete temporary file, on the disk, that waits for its name. */
export class StagedFile implements AsyncDisposable {
  /** Where it is now. */
  readonly path: string;
  readonly #operations: AtomicFileOperations;
  readonly #durable: boolean;
  #present = true;

  constructor(path: string, options: AtomicFileOptions = {}) {
    this.path = path;
    this.#operations = options.operations ?? nodeOperations();
    this.#durable = options.durable ?? true;
  }

  /** Gives it the name `target`, on the same file system, instead of whatever has that name. */
  async replace(target: string): Promise<void> {
    await this.#operations.rename(this.path, target);
    this.#present = false;
    await this.#syncFolder(dirname(target));
  }

  /**
   * Gives it the name `target`, on the same file system, if nothing has that name.
   * @throws TeuError `ERR_FILE_EXISTS`
   */
  async create(target: string): Promise<void> {
    try {
      await this.#operations.link(this.path, target);
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
      const message = `Creating file "${target}": it exists, expected nothing there`;
      throw new TeuError<StdErrorCode>("ERR_FILE_EXISTS", message, { cause: error });
    }
    await this[Symbol.asyncDispose]();
    await this.#syncFolder(dirname(target));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#present) return;
    await this.#operations.unlink(this.path);
    this.#present = false;
  }

  async #syncFolder(folder: string): Promise<void> {
    // Windows cannot open folders, and keeps names without being asked.
    if (!this.#durable || process.platform === "win32") return;
    await using handle = await this.#operations.open(folder, "r");
    await handle.sync();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
