/**
 * Writes archives of images from front to back: content goes in as it is put, the names at the end. The file takes its
 * name when all is in it. The same content, put in the same order, gives the same bytes.
 *
 *     await using archive = await createArchive("image.tar", { format: "docker" });
 *     await copy(source, archive, root, { tags: ["docker.io/library/busybox:1"] });
 *     await archive.commit();
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { BLOBS_DIRECTORY, LAYOUT_FILE, LAYOUT_INDEX_FILE, LAYOUT_VERSION, blobPath } from "@teu/spec/image/layout";
import type { Platform } from "@teu/spec/platform";
import { Semaphore } from "@teu/std/limit";
import type { ByteSource } from "@teu/std/streams";
import { checkRoom } from "./free-room.ts";
import { checkImageName, describeImages, dockerIndex } from "./internal/docker-names.ts";
import { type OutputFile, openOutput } from "./internal/output-file.ts";
import { readFileRange } from "./internal/read-file.ts";
import { blobMissing } from "./internal/store-errors.ts";
import { TarFileWriter } from "./internal/tar-file-writer.ts";
import { watchSource } from "./internal/watched-source.ts";
import { explainWrites } from "./internal/write-errors.ts";
import {
  EMPTY_LAYOUT_INDEX,
  type LayoutIndex,
  findEntry,
  formatLayoutIndex,
  namesOf,
  withRoot,
  withTag,
} from "./layout-index.ts";
import type { CallOptions, PutLimit, ReadOptions, Root, RootLister, Source, Target } from "./store.ts";
import { type ByteRange, rangeOf, verify } from "./verified-read.ts";

/** What kind of archive to write. */
export interface NewArchiveOptions {
  /**
   * `oci`: an image layout. `docker`: that, with the `manifest.json` that `docker load` and others look for; its names
   * are those of images, such as `docker.io/library/busybox:1`. Default: `oci`.
   */
  readonly format?: "oci" | "docker";
  /** For `docker`: which image of an index gets its name. Default: the first. */
  readonly platform?: Platform;
}

/**
 * Begins an archive that is to be at `path`. Where that is a pipe or a device, as `/dev/stdout` is, the archive is put
 * together in a temporary file and poured out in the end.
 * @throws TeuError `ERR_STORE_READ_ONLY`, `ERR_STORE_FULL`
 */
export async function createArchive(path: string, options: NewArchiveOptions = {}): Promise<ArchiveWriter> {
  return await explainWrites(path, async () => {
    const output = await openOutput(path);
    try {
      return await ArchiveWriter.begin(path, output, options);
    } catch (error) {
      await output[Symbol.asyncDispose]();
      throw error;
    }
  });
}

/** An archive that is being written. Unless it is committed, nothing of it remains. */
export class ArchiveWriter implements Source, Target, RootLister, PutLimit, AsyncDisposable {
  /** Where the archive is going to be. */
  readonly path: string;
  readonly #output: OutputFile;
  readonly #options: NewArchiveOptions;
  readonly #tar: TarFileWriter;
  readonly #turn = new Semaphore(1);
  readonly #blobs = new Map<Digest, ByteRange>();
  readonly #folders = new Set<string>();
  #index: LayoutIndex = EMPTY_LAYOUT_INDEX;

  private constructor(path: string, output: OutputFile, options: NewArchiveOptions) {
    this.path = path;
    this.#output = output;
    this.#options = options;
    this.#tar = new TarFileWriter(output.handle);
  }

  /** For {@link createArchive}. */
  static async begin(path: string, output: OutputFile, options: NewArchiveOptions): Promise<ArchiveWriter> {
    const writer = new ArchiveWriter(path, output, options);
    await writer.#file(LAYOUT_FILE, { imageLayoutVersion: LAYOUT_VERSION });
    await writer.#folder(BLOBS_DIRECTORY);
    return writer;
  }

  maxParallelPuts(): number {
    return 1;
  }

  async has(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return this.#find(descriptor) !== undefined;
  }

  async *openUnverified(descriptor: Descriptor, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const { start, end } = rangeOf(descriptor, options);
    options.signal?.throwIfAborted();
    const place = this.#find(descriptor);
    if (place === undefined) throw blobMissing(descriptor, this.path);
    yield* readFileRange(this.#output.handle, { start: place.start + start, end: place.start + end }, options.signal);
  }

  #find({ digest, size }: Descriptor): ByteRange | undefined {
    const place = this.#blobs.get(digest);
    return place !== undefined && place.end - place.start === size ? place : undefined;
  }

  async put(descriptor: Descriptor, source: ByteSource, options: CallOptions = {}): Promise<void> {
    const { signal } = options;
    using _turn = await this.#turn.acquire(signal);
    if (await this.has(descriptor, options)) return;
    checkRoom(this.#output.folder, descriptor);
    const health = { failed: false };
    const content = verify(abortable(watchSource(source, health), signal), descriptor);
    const write = async (): Promise<void> => {
      await this.#folder(`${BLOBS_DIRECTORY}/${splitDigest(descriptor.digest).algorithm}`);
      this.#blobs.set(descriptor.digest, await this.#tar.file(blobPath(descriptor.digest), descriptor.size, content));
    };
    await explainWrites(this.path, write, () => health.failed);
  }

  async resolve(name: string, options: CallOptions = {}): Promise<Descriptor | undefined> {
    options.signal?.throwIfAborted();
    return findEntry(this.#index, name)?.descriptor;
  }

  async *tags(options: CallOptions = {}): AsyncGenerator<string> {
    options.signal?.throwIfAborted();
    yield* namesOf(this.#index);
  }

  async *roots(options: CallOptions = {}): AsyncGenerator<Root> {
    options.signal?.throwIfAborted();
    for (const { name, descriptor } of this.#index.entries) yield { name, descriptor };
  }

  async tag(name: string, descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    if (!(await this.has(descriptor, options))) throw blobMissing(descriptor, this.path);
    const index = withTag(this.#index, name, descriptor);
    if (this.#options.format === "docker") checkImageName(name);
    this.#index = index;
  }

  async keep(descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    if (!(await this.has(descriptor, options))) throw blobMissing(descriptor, this.path);
    this.#index = withRoot(this.#index, descriptor);
  }

  /** Writes the names and brings the archive to its place. Ends the writer. */
  async commit(options: CallOptions = {}): Promise<void> {
    using _turn = await this.#turn.acquire(options.signal);
    const names = this.#options.format === "docker" ? await this.#dockerNames(options) : this.#index;
    await explainWrites(this.path, async () => {
      await this.#bytes(LAYOUT_INDEX_FILE, formatLayoutIndex(names));
      await this.#tar.close();
      await this.#output.commit();
    });
  }

  /** Writes manifest.json, and answers with the index that Docker would write. */
  async #dockerNames(options: CallOptions): Promise<LayoutIndex> {
    const images = await describeImages(this, this.#index, { ...options, platform: this.#options.platform });
    await explainWrites(this.path, () => this.#file("manifest.json", images));
    return dockerIndex(this.#index);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#output[Symbol.asyncDispose]();
  }

  async #folder(name: string): Promise<void> {
    if (!this.#folders.has(name)) await this.#tar.directory(name);
    this.#folders.add(name);
  }

  async #file(name: string, value: unknown): Promise<void> {
    await this.#bytes(name, new TextEncoder().encode(JSON.stringify(value)));
  }

  async #bytes(name: string, bytes: Uint8Array): Promise<void> {
    await this.#tar.file(name, bytes.length, [bytes]);
  }
}

async function* abortable(source: ByteSource, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  for await (const chunk of source) {
    signal?.throwIfAborted();
    yield chunk;
  }
}
