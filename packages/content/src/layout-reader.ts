/**
 * Reads the image layout, wherever its files are: a folder, or an archive. It is tolerant where tools differ: files that
 * it does not know, blobs that are missing, an index without a media type.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md}
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, isDigest, joinDigest } from "@teu/spec/digest";
import { detectDocument } from "@teu/spec/image/detect";
import {
  BLOBS_DIRECTORY,
  LAYOUT_FILE,
  LAYOUT_INDEX_FILE,
  LAYOUT_VERSION,
  MAX_LAYOUT_HEADER_BYTES,
  blobPath,
} from "@teu/spec/image/layout";
import { TeuError, isTeuError } from "@teu/std/error";
import type { ContentErrorCode } from "./errors.ts";
import { digestBytes, isContentName } from "./hash.ts";
import { type FileSet, type ReadableFile, readSmallFile } from "./internal/file-set.ts";
import { blobMissing, wrongFileSize } from "./internal/store-errors.ts";
import {
  EMPTY_LAYOUT_INDEX,
  type LayoutIndex,
  MAX_LAYOUT_INDEX_BYTES,
  findEntry,
  namesOf,
  parseLayoutIndex,
} from "./layout-index.ts";
import { hasLinks } from "./links.ts";
import { readObject } from "./mutate/document.ts";
import { fallbackReferrers, groupBySubject, isWanted } from "./referrers.ts";
import type {
  BlobEntry,
  BlobLister,
  CallOptions,
  ContentFile,
  ReadOptions,
  ReferrerLister,
  ReferrerOptions,
  Root,
  RootLister,
  Source,
} from "./store.ts";
import { MAX_DOCUMENT_BYTES, rangeOf, readVerified } from "./verified-read.ts";

/** The content and the names of a layout. */
export class LayoutReader implements Source, BlobLister, RootLister, ReferrerLister, AsyncDisposable {
  readonly #files: FileSet;
  #referrers: KnownReferrers | undefined;

  /** @param files Are closed with the reader. */
  constructor(files: FileSet) {
    this.#files = files;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  /** Where the layout is. */
  get path(): string {
    return this.#files.path;
  }

  async *openUnverified(descriptor: Descriptor, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const range = rangeOf(descriptor, options);
    options.signal?.throwIfAborted();
    await using file = await this.#open(descriptor);
    yield* file.read(range, options.signal);
  }

  async openFile(descriptor: Descriptor, options: CallOptions = {}): Promise<ContentFile | undefined> {
    options.signal?.throwIfAborted();
    const file = await this.#open(descriptor);
    const { fd, size } = file;
    if (fd !== undefined) return { fd, size, read: file.read, [Symbol.asyncDispose]: file[Symbol.asyncDispose] };
    await file[Symbol.asyncDispose]();
    return undefined;
  }

  async #open(descriptor: Descriptor): Promise<ReadableFile> {
    const file = await this.#files.open(blobPath(descriptor.digest));
    if (file === undefined) throw blobMissing(descriptor, this.path);
    if (file.size === descriptor.size) return file;
    await file[Symbol.asyncDispose]();
    throw wrongFileSize(descriptor, this.path, file.size);
  }

  async has(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    await using file = await this.#files.open(blobPath(descriptor.digest));
    return file?.size === descriptor.size;
  }

  async resolve(name: string, options: CallOptions = {}): Promise<Descriptor | undefined> {
    options.signal?.throwIfAborted();
    const entry = findEntry(await this.index(), name);
    if (entry !== undefined || !isContentName(name)) return entry?.descriptor;
    return await this.#detect(name, options);
  }

  /** The descriptor of a manifest or index that no entry of index.json names. */
  async #detect(digest: Digest, options: CallOptions): Promise<Descriptor | undefined> {
    await using file = await this.#files.open(blobPath(digest));
    if (file === undefined || file.size > MAX_DOCUMENT_BYTES) return undefined;
    const descriptor: Descriptor = { mediaType: "application/octet-stream", digest, size: file.size };
    const bytes = await readVerified(this, descriptor, options);
    const [mediaType] = detectDocument(bytes)?.mediaTypes ?? [];
    return mediaType !== undefined && hasLinks(mediaType) ? { ...descriptor, mediaType } : undefined;
  }

  async *tags(options: CallOptions = {}): AsyncGenerator<string> {
    options.signal?.throwIfAborted();
    yield* namesOf(await this.index());
  }

  async *roots(options: CallOptions = {}): AsyncGenerator<Root> {
    options.signal?.throwIfAborted();
    for (const { name, descriptor } of (await this.index()).entries) yield { name, descriptor };
  }

  async *blobs(options: CallOptions = {}): AsyncGenerator<BlobEntry> {
    for (const algorithm of await this.#files.list(BLOBS_DIRECTORY)) {
      for (const encoded of await this.#files.list(`${BLOBS_DIRECTORY}/${algorithm}`)) {
        options.signal?.throwIfAborted();
        if (!isDigest(`${algorithm}:${encoded}`)) continue;
        const digest = joinDigest(algorithm, encoded);
        await using file = await this.#files.open(blobPath(digest));
        if (file !== undefined) yield { digest, size: file.size };
      }
    }
  }

  async *referrers(subject: Descriptor, options: ReferrerOptions = {}): AsyncGenerator<Descriptor> {
    const bySubject = await this.#referrersBySubject(options);
    const found = bySubject.get(subject.digest) ?? [];
    yield* found.filter((referrer) => isWanted(referrer, options));
    yield* fallbackReferrers(this, subject, options);
  }

  /** The entries that refer to something. They are looked at once for each content of index.json. */
  async #referrersBySubject(options: CallOptions): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
    const bytes = (await this.#indexBytes()) ?? new Uint8Array(0);
    const key = digestBytes(bytes);
    if (this.#referrers?.key !== key) {
      const { entries } = await this.index();
      const roots = entries.map(({ descriptor }) => descriptor);
      this.#referrers = { key, bySubject: await groupBySubject(this, this.#present(roots, options), options) };
    }
    return this.#referrers.bySubject;
  }

  async *#present(descriptors: readonly Descriptor[], options: CallOptions): AsyncGenerator<Descriptor> {
    for (const descriptor of descriptors) if (await this.has(descriptor, options)) yield descriptor;
  }

  /**
   * The index.json as it is now; one without entries if there is none.
   * @throws TeuError `ERR_LAYOUT_INVALID`
   */
  async index(): Promise<LayoutIndex> {
    const bytes = await this.#indexBytes();
    return bytes === undefined ? EMPTY_LAYOUT_INDEX : parseLayoutIndex(bytes, `${this.path}/${LAYOUT_INDEX_FILE}`);
  }

  #indexBytes(): Promise<Uint8Array | undefined> {
    return readSmallFile(this.#files, LAYOUT_INDEX_FILE, MAX_LAYOUT_INDEX_BYTES);
  }
}

interface KnownReferrers {
  /** Digest of the index.json that they were found in. */
  readonly key: Digest;
  readonly bySubject: ReadonlyMap<Digest, readonly Descriptor[]>;
}

/**
 * Tells whether files are those of a layout: they have a header, or at least an index.
 * @throws TeuError `ERR_LAYOUT_INVALID` if the header names a version that is not known here.
 */
export async function isLayout(files: FileSet): Promise<boolean> {
  const header = await readSmallFile(files, LAYOUT_FILE, MAX_LAYOUT_HEADER_BYTES);
  if (header !== undefined) {
    checkHeader(header, files.path);
    return true;
  }
  await using index = await files.open(LAYOUT_INDEX_FILE);
  return index !== undefined;
}

function checkHeader(header: Uint8Array, path: string): void {
  const where = `${path}/${LAYOUT_FILE}`;
  const { imageLayoutVersion: version } = readLayoutObject(header, where);
  if (version === LAYOUT_VERSION) return;
  const message = `Reading ${JSON.stringify(where)}: version ${JSON.stringify(version)}, expected "${LAYOUT_VERSION}"`;
  throw new TeuError<ContentErrorCode>("ERR_LAYOUT_INVALID", message);
}

function readLayoutObject(bytes: Uint8Array, where: string): ReturnType<typeof readObject> {
  try {
    return readObject(bytes, JSON.stringify(where));
  } catch (error) {
    if (!isTeuError<ContentErrorCode>(error, "ERR_DOCUMENT_UNREADABLE")) throw error;
    throw new TeuError<ContentErrorCode>("ERR_LAYOUT_INVALID", error.message, { cause: error });
  }
}
