/**
 * Images of archives that have no manifests: one is made for each, from its config and the files of its layers.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, isDigest } from "@teu/spec/digest";
import { MAX_CONFIG_BYTES } from "@teu/spec/image/config";
import {
  type Compression,
  OCI_CONFIG,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { type ByteSource, collect } from "@teu/std/streams";
import { decompress } from "../decompress.ts";
import type { ContentErrorCode } from "../errors.ts";
import { createHasher } from "../hash.ts";
import { readObject, writeObject } from "../mutate/document.ts";
import { type NamedContent, nameBytes, overlay } from "../overlay.ts";
import type { BlobReader, CallOptions, ReadOptions, Root } from "../store.ts";
import { rangeOf } from "../verified-read.ts";
import { MAGIC_BYTES, detectCompression } from "./archive-file.ts";
import { type FileSet, type ReadableFile, readSmallFile } from "./file-set.ts";
import { blobMissing, wrongFileSize } from "./store-errors.ts";

/** What an image of an archive is made of. */
export interface ArchivedImage {
  readonly config: Uint8Array;
  /** Names of the files of its layers, base layer first. */
  readonly layers: readonly string[];
  readonly names: readonly string[];
}

/** A layer of an archive. */
export interface ArchivedLayer {
  readonly descriptor: Descriptor;
  /** The digest of its plain form. */
  readonly diffId: Digest;
}

const LAYER_TYPES: Readonly<Record<Compression, string>> = {
  none: OCI_LAYER,
  gzip: OCI_LAYER_GZIP,
  zstd: OCI_LAYER_ZSTD,
};

/** Collects the images of an archive. */
export class ArchivedImages {
  /** The images so far, once for each name. */
  readonly roots: Root[] = [];
  readonly #files: FileSet;
  readonly #documents: NamedContent[] = [];
  readonly #names = new Map<Digest, string>();

  constructor(files: FileSet) {
    this.#files = files;
  }

  /** Adds an image and makes its manifest. @throws TeuError `ERR_ARCHIVE_INVALID` */
  async add({ config, layers, names }: ArchivedImage, options: CallOptions): Promise<void> {
    const diffIds = this.#diffIdsOf(config);
    if (diffIds.length !== layers.length) {
      throw this.#invalid(`an image has ${layers.length} layers, expected the ${diffIds.length} of its config`);
    }
    const descriptors: Descriptor[] = [];
    for (const [at, name] of layers.entries()) descriptors.push(await this.#layer(name, diffIds[at], options));
    const root = this.#document(config, descriptors);
    const named = names.map((name): Root => ({ name, descriptor: root }));
    this.roots.push(...(named.length > 0 ? named : [{ name: undefined, descriptor: root }]));
  }

  #document(config: Uint8Array, layers: readonly Descriptor[]): Descriptor {
    const named = nameBytes(config, { mediaType: OCI_CONFIG });
    const fields = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: named.descriptor, layers };
    const manifest = nameBytes(writeObject(fields), { mediaType: OCI_MANIFEST });
    this.#documents.push(named, manifest);
    return manifest.descriptor;
  }

  /** The content of the images. */
  store(): BlobReader {
    return overlay(this.#documents, new NamedFiles(this.#files, this.#names));
  }

  /** Reads a config. @throws TeuError `ERR_ARCHIVE_INVALID` */
  async readConfig(name: string): Promise<Uint8Array> {
    const config = await readSmallFile(this.#files, name, MAX_CONFIG_BYTES);
    if (config === undefined) throw this.#invalid(`config "${name}" is not in it`);
    return config;
  }

  #diffIdsOf(config: Uint8Array): readonly Digest[] {
    const { rootfs } = readObject(config, `a config of ${JSON.stringify(this.#files.path)}`);
    const diffIds: unknown = Object(rootfs).diff_ids ?? [];
    if (Array.isArray(diffIds) && diffIds.every((diffId) => typeof diffId === "string" && isDigest(diffId))) {
      return diffIds;
    }
    throw this.#invalid("the rootfs.diff_ids of a config are not a list of digests");
  }

  /** A plain layer has the digest that its config says, which is verified when it is read; others are read now. */
  async #layer(name: string, diffId: Digest | undefined, options: CallOptions): Promise<Descriptor> {
    await using file = await this.#open(name);
    const compression = await compressionOf(file);
    const digest =
      compression === "none" && diffId !== undefined ? diffId : await digestOf(readAll(file, options), options);
    this.#names.set(digest, name);
    return { mediaType: LAYER_TYPES[compression], digest, size: file.size };
  }

  /** Reads a layer to learn its digests. @throws TeuError `ERR_ARCHIVE_INVALID`, `ERR_COMPRESSION_INVALID` */
  async diffIdOf(name: string, options: CallOptions): Promise<Digest> {
    await using file = await this.#open(name);
    const compression = await compressionOf(file);
    return await digestOf(decompress(readAll(file, options), compression, options), options);
  }

  async #open(name: string): Promise<ReadableFile> {
    const file = await this.#files.open(name);
    if (file === undefined) throw this.#invalid(`layer "${name}" is not in it`);
    return file;
  }

  #invalid(problem: string): TeuError<ContentErrorCode> {
    return new TeuError("ERR_ARCHIVE_INVALID", `Reading archive ${JSON.stringify(this.#files.path)}: ${problem}`);
  }
}

async function compressionOf(file: ReadableFile): Promise<Compression> {
  const end = Math.min(MAGIC_BYTES, file.size);
  return detectCompression(await collect(file.read({ start: 0, end }), { maxBytes: MAGIC_BYTES }));
}

function readAll(file: ReadableFile, { signal }: CallOptions): AsyncIterable<Uint8Array> {
  return file.read({ start: 0, end: file.size }, signal);
}

async function digestOf(source: ByteSource, { signal }: CallOptions): Promise<Digest> {
  const hasher = createHasher("sha256");
  for await (const chunk of source) {
    signal?.throwIfAborted();
    hasher.update(chunk);
  }
  return hasher.digest();
}

/** Content that lies in files of other names than its digest. */
class NamedFiles implements BlobReader {
  readonly #files: FileSet;
  readonly #names: ReadonlyMap<Digest, string>;

  constructor(files: FileSet, names: ReadonlyMap<Digest, string>) {
    this.#files = files;
    this.#names = names;
  }

  async *openUnverified(descriptor: Descriptor, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const range = rangeOf(descriptor, options);
    options.signal?.throwIfAborted();
    await using file = await this.#open(descriptor);
    if (file === undefined) throw blobMissing(descriptor, this.#files.path);
    if (file.size !== descriptor.size) throw wrongFileSize(descriptor, this.#files.path, file.size);
    yield* file.read(range, options.signal);
  }

  async has(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    await using file = await this.#open(descriptor);
    return file?.size === descriptor.size;
  }

  async #open({ digest }: Descriptor): Promise<ReadableFile | undefined> {
    const name = this.#names.get(digest);
    return name === undefined ? undefined : await this.#files.open(name);
  }
}
