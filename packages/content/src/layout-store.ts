/**
 * A store in an image layout: a folder that other tools read and write too, and any number of our processes at once.
 *
 * Whole content appears under its name, durably, or not at all; index.json is changed under a lock and replaced as a whole.
 * What other tools wrote there is kept. Locks, temporary files and parts of content live in the folder `.teu` inside. The
 * locks need a local file system, and do not bind other tools: index.json changed by one of them at the very moment of a
 * change by ours may lose either change.
 * @module
 */
import { existsSync, lstatSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { BLOBS_DIRECTORY, LAYOUT_FILE, LAYOUT_INDEX_FILE, LAYOUT_VERSION, blobPath } from "@teu/spec/image/layout";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { equalBytes } from "@teu/std/bytes";
import { TeuError, isTeuError } from "@teu/std/error";
import { resolveInRoot } from "@teu/std/safe-path";
import type { ByteSource } from "@teu/std/streams";
import { makeFolder } from "./internal/make-folder.ts";
import type { ContentErrorCode } from "./errors.ts";
import { FolderFiles } from "./internal/file-set.ts";
import { isAbsent } from "./internal/confined-file.ts";
import { LayoutLocks, type LockWait } from "./internal/layout-locks.ts";
import { LayoutParts } from "./internal/layout-parts.ts";
import { LayoutWriter, TEMPORARY_FOLDER } from "./internal/layout-writer.ts";
import { blobMissing } from "./internal/store-errors.ts";
import { explainWrites } from "./internal/write-errors.ts";
import {
  EMPTY_LAYOUT_INDEX,
  type LayoutIndex,
  formatLayoutIndex,
  withRoot,
  withTag,
  withoutDigest,
  withoutTag,
} from "./layout-index.ts";
import { LayoutReader, isLayout } from "./layout-reader.ts";
import type {
  BlobDeleter,
  BlobEntry,
  BlobIngester,
  BlobLister,
  BlobResumer,
  ByteStream,
  CallOptions,
  ContentFile,
  IngestOptions,
  Leaser,
  ReadOptions,
  ReferrerLister,
  ReferrerOptions,
  Root,
  RootLister,
  Source,
  TagRemover,
  Target,
} from "./store.ts";

/** How to open a layout. */
export interface LayoutOptions {
  /** True to make the layout if there is none. Default: false. */
  readonly create?: boolean;
  /** False to report success before the disk has it, for layouts that are worth nothing after a crash. Default: true. */
  readonly durable?: boolean;
  /** How long to wait for other processes, in milliseconds. Default: 60,000. */
  readonly lockTimeoutMs?: number;
}

const DEFAULT_LOCK_TIMEOUT_MS = 60_000;

/**
 * Opens the image layout in the folder `path`. Nothing is written before the first change, so a layout on a medium that
 * is read-only can be read.
 * @throws TeuError `ERR_LAYOUT_MISSING`, `ERR_LAYOUT_INVALID`; with `create` also `ERR_STORE_READ_ONLY`, `ERR_STORE_FULL`.
 */
export async function openLayout(path: string, options: LayoutOptions = {}): Promise<LayoutStore> {
  const store = new LayoutStore(path, options);
  const isThere = await isLayout(new FolderFiles(path));
  if (!isThere && options.create !== true) {
    const message = `Opening image layout ${JSON.stringify(path)}: no oci-layout and no index.json there`;
    throw new TeuError<ContentErrorCode>("ERR_LAYOUT_MISSING", message);
  }
  if (options.create === true) await store.complete();
  return store;
}

/** A layout that is open. Dispose of it when done: parts of content that others may go on with are let go then. */
export class LayoutStore
  implements
    Source,
    Target,
    BlobIngester,
    BlobResumer,
    BlobDeleter,
    BlobLister,
    RootLister,
    TagRemover,
    ReferrerLister,
    Leaser,
    AsyncDisposable
{
  /** The folder of the layout. */
  readonly path: string;
  readonly #durable: boolean;
  readonly #lockTimeoutMs: number;
  readonly #reader: LayoutReader;
  readonly #locks: LayoutLocks;
  readonly #parts: LayoutParts;
  readonly #writer: LayoutWriter;
  #leases = 0;

  /** For {@link openLayout}, which looks whether there is a layout. */
  constructor(path: string, options: LayoutOptions = {}) {
    this.path = path;
    this.#durable = options.durable ?? true;
    this.#lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS;
    this.#reader = new LayoutReader(new FolderFiles(path));
    this.#locks = new LayoutLocks(path);
    this.#parts = new LayoutParts(path);
    this.#writer = new LayoutWriter(path, this.#parts, this.#durable);
  }

  openUnverified(descriptor: Descriptor, options?: ReadOptions): ByteStream {
    return this.#reader.openUnverified(descriptor, options);
  }

  openFile(descriptor: Descriptor, options?: CallOptions): Promise<ContentFile | undefined> {
    return this.#reader.openFile(descriptor, options);
  }

  has(descriptor: Descriptor, options?: CallOptions): Promise<boolean> {
    return this.#reader.has(descriptor, options);
  }

  resolve(name: string, options?: CallOptions): Promise<Descriptor | undefined> {
    return this.#reader.resolve(name, options);
  }

  tags(options?: CallOptions): AsyncIterable<string> {
    return this.#reader.tags(options);
  }

  roots(options?: CallOptions): AsyncIterable<Root> {
    return this.#reader.roots(options);
  }

  blobs(options?: CallOptions): AsyncIterable<BlobEntry> {
    return this.#reader.blobs(options);
  }

  referrers(subject: Descriptor, options?: ReferrerOptions): AsyncIterable<Descriptor> {
    return this.#reader.referrers(subject, options);
  }

  async put(descriptor: Descriptor, source: ByteSource, options: CallOptions = {}): Promise<void> {
    await this.#inUse(options, async () => {
      if (await this.has(descriptor, options)) await this.#writer.touch(descriptor);
      else await this.#writer.put(descriptor, source, options);
    });
  }

  async ingest(source: ByteSource, options: IngestOptions): Promise<Descriptor> {
    return await this.#inUse(options, () => this.#writer.ingest(source, options));
  }

  async partialBytes(descriptor: Descriptor, options: CallOptions = {}): Promise<number> {
    options.signal?.throwIfAborted();
    if (!this.#parts.folders.some((folder) => existsSync(folder))) return 0;
    const bytes = await this.#inUse(options, () => this.#parts.reserve(descriptor.digest));
    return bytes < descriptor.size ? bytes : 0;
  }

  async resume(descriptor: Descriptor, start: number, source: ByteSource, options: CallOptions = {}): Promise<void> {
    await this.#inUse(options, () => this.#writer.resume(descriptor, start, source, options));
  }

  /** Removes content and what names it in index.json, whoever relies on it; {@link collectGarbage} removes what nobody does. */
  async delete(digest: Digest, options: CallOptions = {}): Promise<boolean> {
    return await this.#change(options, async (index) => {
      const path = await resolveInRoot(this.path, blobPath(digest), { followLast: false });
      const isThere = isFile(path);
      await rm(path, { force: true });
      return { index: withoutDigest(index, digest), result: isThere };
    });
  }

  async tag(name: string, descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    await this.#change(options, async (index) => {
      await this.#mustHave(descriptor, options);
      return { index: withTag(index, name, descriptor), result: undefined };
    });
  }

  async keep(descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    await this.#change(options, async (index) => {
      await this.#mustHave(descriptor, options);
      return { index: withRoot(index, descriptor), result: undefined };
    });
  }

  async untag(name: string, options: CallOptions = {}): Promise<boolean> {
    return await this.#change(options, async (index) => {
      const changed = withoutTag(index, name);
      return { index: changed, result: changed !== index };
    });
  }

  async #mustHave(descriptor: Descriptor, options: CallOptions): Promise<void> {
    if (!(await this.has(descriptor, options))) throw blobMissing(descriptor, this.path);
  }

  async lease(options: CallOptions = {}): Promise<AsyncDisposable> {
    const lock = await explainWrites(this.path, () => this.#locks.use(this.#wait(options)));
    this.#leases += 1;
    return {
      [Symbol.asyncDispose]: async () => {
        this.#leases -= 1;
        await lock[Symbol.asyncDispose]();
      },
    };
  }

  /** Makes what a layout has to have and is not there. */
  async complete(): Promise<void> {
    await explainWrites(this.path, async () => {
      makeFolder(join(this.path, BLOBS_DIRECTORY, "sha256"));
      const header = join(this.path, LAYOUT_FILE);
      if (!isFile(header)) await this.#write(header, JSON.stringify({ imageLayoutVersion: LAYOUT_VERSION }));
    });
    if (isFile(join(this.path, LAYOUT_INDEX_FILE))) return;
    await this.#change({}, async (index) => ({ index, result: undefined }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.close();
    await this.#removeEmptyFolders();
  }

  /** Removes folders that no writer is about to put something into: while the layout is had alone, or not at all. */
  async #removeEmptyFolders(): Promise<void> {
    const folders = [join(this.path, TEMPORARY_FOLDER), ...this.#parts.folders];
    if (!folders.some((folder) => existsSync(folder))) return;
    try {
      await using _lock = await this.#locks.collect({ timeoutMs: 0 });
      for (const folder of folders) await rmdir(folder).catch(() => {});
    } catch (error) {
      if (!isTeuError(error, "ERR_LAYOUT_BUSY")) throw error;
    }
  }

  /** Runs `work` while the garbage collector is kept out. */
  async #inUse<T>(options: CallOptions, work: () => Promise<T>): Promise<T> {
    options.signal?.throwIfAborted();
    if (this.#leases > 0) return await work();
    await using _lease = await this.lease(options);
    return await work();
  }

  /** Changes index.json while nobody else does. */
  async #change<T>(options: CallOptions, edit: (index: LayoutIndex) => Promise<Change<T>>): Promise<T> {
    options.signal?.throwIfAborted();
    const change = async (): Promise<T> => {
      const before = await this.#reader.index();
      const { index, result } = await edit(before);
      const bytes = formatLayoutIndex(index);
      // An index that says what it said is not brought to the disk anew.
      if (before === EMPTY_LAYOUT_INDEX || !equalBytes(bytes, formatLayoutIndex(before))) {
        await this.#write(join(this.path, LAYOUT_INDEX_FILE), bytes);
      }
      return result;
    };
    return await explainWrites(this.path, () => this.#locks.changeIndex(change, this.#wait(options)));
  }

  async #write(path: string, content: string | Uint8Array): Promise<void> {
    await writeFileAtomic(path, content, { durable: this.#durable });
  }

  #wait({ signal }: CallOptions): LockWait {
    return { timeoutMs: this.#lockTimeoutMs, signal };
  }
}

interface Change<T> {
  readonly index: LayoutIndex;
  readonly result: T;
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
