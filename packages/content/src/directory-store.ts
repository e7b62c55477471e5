/**
 * The `dir:` form of skopeo: one image in a folder, its blobs named by the hexadecimal digits of their digests, its
 * manifest `manifest.json`. There are no names, and types are told from the documents themselves.
 * @module
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { detectDocument } from "@teu/spec/image/detect";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import type { ByteSource } from "@teu/std/streams";
import { checkRoom } from "./free-room.ts";
import { makeFolder } from "./internal/make-folder.ts";
import type { ContentErrorCode } from "./errors.ts";
import { digestBytes } from "./hash.ts";
import { FolderFiles, readSmallFile } from "./internal/file-set.ts";
import { blobMissing, invalidTag, wrongFileSize } from "./internal/store-errors.ts";
import { watchSource } from "./internal/watched-source.ts";
import { explainWrites } from "./internal/write-errors.ts";
import { hasLinks } from "./links.ts";
import type { CallOptions, ReadOptions, Root, RootLister, Source, Target } from "./store.ts";
import { MAX_DOCUMENT_BYTES, rangeOf, readVerified, verify } from "./verified-read.ts";

const ROOT_FILE = "manifest.json";
const VERSION_FILE = "version";
const VERSION = "Directory Transport Version: 1.1\n";

/** How to open a folder. */
export interface DirectoryOptions {
  /** True to make the folder if there is none. Default: false. */
  readonly create?: boolean;
  /** False to report success before the disk has it. Default: true. */
  readonly durable?: boolean;
}

/**
 * Opens the folder at `path`.
 * @throws TeuError `ERR_LAYOUT_MISSING` if it has no image and none is to be made; with `create` also
 * `ERR_STORE_READ_ONLY`, `ERR_STORE_FULL`.
 */
export async function openDirectory(path: string, options: DirectoryOptions = {}): Promise<DirectoryStore> {
  const store = new DirectoryStore(path, options);
  if (options.create === true) await store.complete();
  else if (!(await store.hasRoot())) {
    const message = `Opening image folder ${JSON.stringify(path)}: no ${ROOT_FILE} there`;
    throw new TeuError<ContentErrorCode>("ERR_LAYOUT_MISSING", message);
  }
  return store;
}

/** An image in a folder. Its one root has no name. */
export class DirectoryStore implements Source, Target, RootLister {
  /** The folder. */
  readonly path: string;
  readonly #durable: boolean;
  readonly #files: FolderFiles;

  /** For {@link openDirectory}. */
  constructor(path: string, options: DirectoryOptions = {}) {
    this.path = path;
    this.#durable = options.durable ?? true;
    this.#files = new FolderFiles(path);
  }

  async *openUnverified(descriptor: Descriptor, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const range = rangeOf(descriptor, options);
    options.signal?.throwIfAborted();
    await using file = await this.#files.open(await this.#nameOf(descriptor));
    if (file === undefined) throw blobMissing(descriptor, this.path);
    if (file.size !== descriptor.size) throw wrongFileSize(descriptor, this.path, file.size);
    yield* file.read(range, options.signal);
  }

  async has(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    await using file = await this.#files.open(await this.#nameOf(descriptor));
    return file?.size === descriptor.size;
  }

  /** The file that some content is in, or belongs in. */
  async #nameOf(descriptor: Descriptor): Promise<string> {
    if (!hasLinks(descriptor.mediaType)) return blobName(descriptor.digest);
    const root = await this.#root();
    return root?.digest === descriptor.digest ? ROOT_FILE : documentName(descriptor.digest);
  }

  async put(descriptor: Descriptor, source: ByteSource, options: CallOptions = {}): Promise<void> {
    if (await this.has(descriptor, options)) return;
    checkRoom(this.path, descriptor);
    const health = { failed: false };
    const content = verify(watchSource(source, health), descriptor);
    const name = await this.#nameOf(descriptor);
    await explainWrites(
      this.path,
      () => this.#write(name, content, options),
      () => health.failed,
    );
  }

  /** Finds the root by its digest; there are no names. */
  async resolve(name: string, options: CallOptions = {}): Promise<Descriptor | undefined> {
    options.signal?.throwIfAborted();
    const root = await this.#root();
    return root?.digest === name ? root : undefined;
  }

  /** There are none. */
  async *tags(options: CallOptions = {}): AsyncGenerator<string> {
    options.signal?.throwIfAborted();
    yield* [];
  }

  async *roots(options: CallOptions = {}): AsyncGenerator<Root> {
    options.signal?.throwIfAborted();
    const descriptor = await this.#root();
    if (descriptor !== undefined) yield { name: undefined, descriptor };
  }

  /** There are no names: {@link keep} makes the root. @throws TeuError `ERR_TAG_INVALID` */
  async tag(name: string, _descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    throw invalidTag(name, "no name, for a folder of dir: has none");
  }

  /** Makes `descriptor` the root in place of what was. */
  async keep(descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    if (!(await this.has(descriptor, options))) throw blobMissing(descriptor, this.path);
    const old = await this.#root();
    if (old?.digest === descriptor.digest) return;
    const bytes = await readVerified(this, descriptor, options);
    const oldBytes = old === undefined ? undefined : await readVerified(this, old, options);
    await explainWrites(this.path, async () => {
      if (old !== undefined && oldBytes !== undefined) await this.#write(documentName(old.digest), oldBytes, options);
      await this.#write(ROOT_FILE, bytes, options);
      await rm(join(this.path, documentName(descriptor.digest)), { force: true });
    });
  }

  /** Tells whether there is an image. */
  async hasRoot(): Promise<boolean> {
    await using file = await this.#files.open(ROOT_FILE);
    return file !== undefined;
  }

  /** Makes what a folder has to have and is not there. */
  async complete(): Promise<void> {
    await explainWrites(this.path, async () => {
      makeFolder(this.path);
      await this.#write(VERSION_FILE, VERSION, {});
    });
  }

  async #root(): Promise<Descriptor | undefined> {
    const bytes = await readSmallFile(this.#files, ROOT_FILE, MAX_DOCUMENT_BYTES);
    if (bytes === undefined) return undefined;
    const [mediaType = "application/octet-stream"] = detectDocument(bytes)?.mediaTypes ?? [];
    return { mediaType, digest: digestBytes(bytes), size: bytes.length };
  }

  async #write(name: string, content: string | Uint8Array | ByteSource, { signal }: CallOptions): Promise<void> {
    await writeFileAtomic(join(this.path, name), content, { durable: this.#durable, signal });
  }
}

// As skopeo has it: the algorithm shows only where it is not the usual one.
function blobName(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return algorithm === "sha256" ? encoded : `${algorithm}-${encoded}`;
}

function documentName(digest: Digest): string {
  return `${blobName(digest)}.${ROOT_FILE}`;
}
