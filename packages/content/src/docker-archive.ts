/**
 * Reads the archives that `docker save` writes, of every age, and `podman save` and skopeo after it:
 *
 * - with an image layout inside (Docker 25 and later): the layout is read, its manifests as they are;
 * - with a `manifest.json` (1.10 and later): a manifest is made for each image that it lists;
 * - with a folder for each layer and nothing else (before): a config is made from those of the layers as well.
 *
 * Layers may be compressed or not, and links to other layers.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { type ArchiveImage, MAX_ARCHIVE_DOCUMENT_BYTES, parseArchiveManifest } from "@teu/spec/docker/archive";
import { TeuError } from "@teu/std/error";
import type { ByteSource } from "@teu/std/streams";
import type { ContentErrorCode } from "./errors.ts";
import { isContentName } from "./hash.ts";
import { type ArchiveOptions, openArchiveFile } from "./internal/archive-file.ts";
import { ArchivedImages } from "./internal/archived-images.ts";
import { IMAGE_NAME, fullName } from "./internal/docker-names.ts";
import { readLegacyImages } from "./internal/docker-legacy.ts";
import { type FileSet, readSmallFile } from "./internal/file-set.ts";
import { LayoutReader, isLayout } from "./layout-reader.ts";
import { referrersAmong } from "./referrers.ts";
import type {
  BlobReader,
  ByteStream,
  CallOptions,
  ReadOptions,
  ReferrerLister,
  ReferrerOptions,
  Root,
  RootLister,
  Source,
} from "./store.ts";

/**
 * Opens an archive of Docker for reading: the path of a file, or its bytes as they come. Dispose of it to close the file.
 * Compressed layers of archives without a layout are read once to learn their digests.
 * @throws TeuError `ERR_ARCHIVE_INVALID` if it is no archive of images; `ERR_DOCUMENT_INVALID` if its `manifest.json` is
 * none; `ERR_LAYOUT_LINK`; `ERR_COMPRESSION_INVALID`, `ERR_COMPRESSION_LIMIT`; `ERR_STORE_FULL`.
 */
export async function openDockerArchive(
  input: string | ByteSource,
  options: ArchiveOptions = {},
): Promise<DockerArchive> {
  const files = await openArchiveFile(input, options);
  try {
    return await readArchive(files, options);
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

async function readArchive(files: FileSet, options: CallOptions): Promise<DockerArchive> {
  const layout = (await isLayout(files)) ? await readLayout(files, options) : undefined;
  if (layout !== undefined) return layout;
  const manifest = await readSmallFile(files, "manifest.json", MAX_ARCHIVE_DOCUMENT_BYTES);
  const images = new ArchivedImages(files);
  if (manifest === undefined) await readLegacyImages(files, images, options);
  else await addListed(images, parseArchiveManifest(manifest).value, options);
  if (images.roots.length > 0 || manifest !== undefined) return new DockerArchive(files, images.store(), images.roots);
  const message = `Opening archive ${JSON.stringify(files.path)}: no manifest.json, no index.json and no layers in it`;
  throw new TeuError<ContentErrorCode>("ERR_ARCHIVE_INVALID", message);
}

/** The archive as a layout; nothing if only its manifest.json has names. */
async function readLayout(files: FileSet, options: CallOptions): Promise<DockerArchive | undefined> {
  const reader = new LayoutReader(files);
  const roots = (await Array.fromAsync(reader.roots(options))).map(withFullName);
  if (roots.every(({ name }) => name === undefined) && (await hasNames(files))) return undefined;
  return new DockerArchive(files, reader, roots);
}

/** The name in full stands in an annotation, which is about this archive only. */
function withFullName({ name, descriptor: { annotations = {}, ...descriptor } }: Root): Root {
  const { [IMAGE_NAME]: full, ...others } = annotations;
  return {
    name: full ?? name,
    descriptor: Object.keys(others).length === 0 ? descriptor : { ...descriptor, annotations: others },
  };
}

async function hasNames(files: FileSet): Promise<boolean> {
  const manifest = await readSmallFile(files, "manifest.json", MAX_ARCHIVE_DOCUMENT_BYTES);
  if (manifest === undefined) return false;
  return parseArchiveManifest(manifest).value.some(({ RepoTags }) => (RepoTags ?? []).length > 0);
}

async function addListed(images: ArchivedImages, listed: readonly ArchiveImage[], options: CallOptions): Promise<void> {
  for (const { Config, Layers, RepoTags } of listed) {
    const config = await images.readConfig(Config);
    await images.add({ config, layers: Layers ?? [], names: RepoTags ?? [] }, options);
  }
}

/** The images of an archive. They are found by their names in any form, `busybox` as well as `docker.io/library/busybox:latest`. */
export class DockerArchive implements Source, RootLister, ReferrerLister, AsyncDisposable {
  readonly #files: FileSet;
  readonly #store: BlobReader;
  readonly #roots: readonly Root[];
  readonly #byName: ReadonlyMap<string, Descriptor>;

  /** For {@link openDockerArchive}. */
  constructor(files: FileSet, store: BlobReader, roots: readonly Root[]) {
    this.#files = files;
    this.#store = store;
    this.#roots = roots;
    this.#byName = new Map(
      roots.flatMap(({ name, descriptor }) => (name === undefined ? [] : [[fullName(name), descriptor] as const])),
    );
  }

  openUnverified(descriptor: Descriptor, options?: ReadOptions): ByteStream {
    return this.#store.openUnverified(descriptor, options);
  }

  has(descriptor: Descriptor, options?: CallOptions): Promise<boolean> {
    return this.#store.has(descriptor, options);
  }

  async resolve(name: string, options: CallOptions = {}): Promise<Descriptor | undefined> {
    options.signal?.throwIfAborted();
    if (isContentName(name)) return this.#roots.find(({ descriptor }) => descriptor.digest === name)?.descriptor;
    return this.#byName.get(fullName(name));
  }

  async *tags(options: CallOptions = {}): AsyncGenerator<string> {
    options.signal?.throwIfAborted();
    yield* [...new Set(this.#roots.flatMap(({ name }) => name ?? []))].sort();
  }

  async *roots(options: CallOptions = {}): AsyncGenerator<Root> {
    options.signal?.throwIfAborted();
    yield* this.#roots;
  }

  referrers(subject: Descriptor, options?: ReferrerOptions): AsyncIterable<Descriptor> {
    return referrersAmong(
      this,
      this.#roots.map(({ descriptor }) => descriptor),
      subject,
      options,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }
}
