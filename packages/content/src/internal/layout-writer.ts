/**
 * Puts content into the folder of blobs of a layout. It is written elsewhere on the same file system, verified, brought to
 * the disk, and only then takes its name, which reaches the disk too before success is reported.
 * @module
 */
import { type FileHandle, open, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Descriptor } from "@teu/spec/descriptor";
import { blobPath } from "@teu/spec/image/layout";
import { type AtomicFileOptions, StagedFile, stageFile } from "@teu/std/atomic-file";
import { resolveInRoot } from "@teu/std/safe-path";
import type { ByteSource } from "@teu/std/streams";
import { FreeRoom } from "../free-room.ts";
import { createHasher } from "../hash.ts";
import type { ByteStream, CallOptions, IngestOptions } from "../store.ts";
import { ContentCheck, verify } from "../verified-read.ts";
import { CheckedFile } from "./checked-file.ts";
import { FileAppender } from "./file-appender.ts";
import { PRIVATE_FOLDER } from "./layout-locks.ts";
import type { LayoutParts, Part } from "./layout-parts.ts";
import { makeFolder } from "./make-folder.ts";
import { readFileRange } from "./read-file.ts";
import { wrongFileSize } from "./store-errors.ts";
import { watchSource } from "./watched-source.ts";
import { explainWrites, isFullDisk } from "./write-errors.ts";

// Less is not worth the bother: it is quicker to fetch it anew.
const MIN_PART_BYTES = 1024 * 1024;

/** The temporary files of writers inside a layout; only writers that hold the lock for use have any. */
export const TEMPORARY_FOLDER: string = join(PRIVATE_FOLDER, "tmp");

/** Writes the blobs of one layout. */
export class LayoutWriter {
  readonly #root: string;
  readonly #parts: LayoutParts;
  readonly #durable: boolean;
  readonly #room: FreeRoom;

  constructor(root: string, parts: LayoutParts, durable: boolean) {
    this.#root = root;
    this.#parts = parts;
    this.#durable = durable;
    this.#room = new FreeRoom(root);
  }

  /** Writes new content. Of large content that does not arrive whole a part is kept. */
  async put(descriptor: Descriptor, source: ByteSource, options: CallOptions): Promise<void> {
    await this.#writing(source, async (watched, health) => {
      const check = new ContentCheck(descriptor);
      const part = descriptor.size < MIN_PART_BYTES ? undefined : await this.#parts.begin(descriptor.digest);
      if (part === undefined) await this.#stage(descriptor, watched, options);
      else await this.#continue({ check, part, start: 0 }, watched, options, health);
    });
  }

  /** Goes on with a part behind its first `start` bytes. */
  async resume(descriptor: Descriptor, start: number, source: ByteSource, options: CallOptions): Promise<void> {
    await this.#writing(source, async (watched, health) => {
      const check = new ContentCheck(descriptor);
      const part = await this.#parts.begin(descriptor.digest);
      if (part === undefined) throw wrongFileSize(descriptor, `parts of ${this.#root}`, 0);
      await this.#continue({ check, part, start }, watched, options, health);
    });
  }

  /** Writes content whose digest shows at its end. */
  async ingest(source: ByteSource, { mediaType, algorithm = "sha256", signal }: IngestOptions): Promise<Descriptor> {
    const hasher = createHasher(algorithm);
    let size = 0;
    const hashed = async function* (chunks: ByteSource): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        hasher.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    };
    return await this.#writing(source, async (watched) => {
      await using staged = await stageFile(await this.#temporaryFolder(), hashed(watched), this.#staging(signal));
      const descriptor: Descriptor = { mediaType, digest: hasher.digest(), size };
      await staged.replace(await this.#makePlace(descriptor));
      return descriptor;
    });
  }

  /** Makes content that is here look new, so that a garbage collector of any make leaves it for a while. */
  async touch(descriptor: Descriptor): Promise<void> {
    const now = new Date();
    await utimes(await this.#placeOf(descriptor), now, now).catch(() => {});
  }

  /** Runs `work` on the source; errors of our own writing are explained, those of the source stay as they are. */
  async #writing<T>(
    source: ByteSource,
    work: (watched: ByteStream, health: { failed: boolean }) => Promise<T>,
  ): Promise<T> {
    const health = { failed: false };
    const action = (): Promise<T> => work(watchSource(source, health), health);
    return await explainWrites(this.#root, action, () => health.failed);
  }

  async #stage(descriptor: Descriptor, source: ByteSource, { signal }: CallOptions): Promise<void> {
    const folder = await this.#temporaryFolder();
    await using staged = await stageFile(folder, verify(source, descriptor), this.#staging(signal));
    await staged.replace(await this.#makePlace(descriptor));
  }

  async #continue(
    task: PartTask,
    source: ByteSource,
    options: CallOptions,
    health: { failed: boolean },
  ): Promise<void> {
    const { check, part, start } = task;
    const { descriptor } = check;
    try {
      using _room = this.#room.claim(check, start);
      await this.#fill(task, source, options);
      await new StagedFile(part.path, this.#staging()).replace(await this.#makePlace(descriptor));
      await this.#parts.end(descriptor.digest);
    } catch (error) {
      const isForeign = health.failed || isGoodAbort(options.signal);
      const isPart = check.bytes >= MIN_PART_BYTES && check.bytes < descriptor.size;
      await (isForeign && isPart ? this.#parts.end(descriptor.digest) : this.#parts.drop(descriptor.digest));
      throw error;
    }
  }

  async #fill({ check, part, start }: PartTask, source: ByteSource, { signal }: CallOptions): Promise<void> {
    await using file = await open(part.path, "r+");
    await checkBeginning(file, check, start);
    await file.truncate(start);
    const appender = new FileAppender(file, { position: start, durable: this.#durable });
    try {
      await new CheckedFile({ appender, check, signal }).appendAll(source);
      await appender.finish();
    } finally {
      await appender.stop();
    }
  }

  async #temporaryFolder(): Promise<string> {
    const folder = join(this.#root, TEMPORARY_FOLDER);
    makeFolder(folder);
    return folder;
  }

  #placeOf(descriptor: Descriptor): Promise<string> {
    return resolveInRoot(this.#root, blobPath(descriptor.digest), { followLast: false });
  }

  /** Where content goes, with the folders on the way made. */
  async #makePlace(descriptor: Descriptor): Promise<string> {
    const path = await this.#placeOf(descriptor);
    const made = makeFolder(dirname(path));
    if (made !== undefined && this.#durable) await syncFolder(dirname(made));
    return path;
  }

  #staging(signal?: AbortSignal): AtomicFileOptions {
    return { durable: this.#durable, signal };
  }
}

interface PartTask {
  /** Has seen nothing yet. */
  readonly check: ContentCheck;
  readonly part: Part;
  /** How many bytes of the part are to stay. */
  readonly start: number;
}

/** Tells whether an abort is a reason to keep parts; it is none where it is the disk that has no room. */
function isGoodAbort(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && !isFullDisk(signal.reason);
}

/** The state of a hash cannot be kept, so what was written before is read again. */
async function checkBeginning(file: FileHandle, check: ContentCheck, bytes: number): Promise<void> {
  for await (const chunk of readFileRange(file, { start: 0, end: bytes })) check.update(chunk);
  if (check.bytes < bytes) throw wrongFileSize(check.descriptor, "the part of an earlier try", check.bytes);
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
