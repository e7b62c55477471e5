/**
 * A repository at a registry, shown as a store of content like any other: `copy` moves graphs between it and layouts,
 * archives, other registries and memory.
 *
 *     const repository = registry.repository("team/app");
 *     const root = await repository.resolve("v1");
 *     if (root !== undefined) await copy(repository, layout, root, { tags: ["v1"] });
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md}
 * @module
 */
import { hasLinks, mayHaveSubject, parseLinks } from "@teu/content/links";
import { fallbackReferrers } from "@teu/content/referrers";
import { appendTo } from "@teu/content/growing-file";
import type {
  BlobDeleter,
  BlobIngester,
  BlobMounter,
  BlobReader,
  BlobResumer,
  ByteStream,
  CallOptions,
  ContentFile,
  ContentFilter,
  DocumentReader,
  FileTaker,
  IngestOptions,
  MultiTagger,
  NamedDocument,
  NamedPutter,
  PutFileOptions,
  ReadOptions,
  ReferrerLister,
  ReferrerOptions,
  Source,
  TagRemover,
  Target,
} from "@teu/content/store";
import { rangeOf, readVerified, verify } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { parseLayerType } from "@teu/spec/media-types";
import { type ByteSource, collect } from "@teu/std/streams";
import { deleteBlob, deleteManifest, deleteTag } from "./internal/deletions.ts";
import { type Context, isManifestType, placeOf } from "./internal/context.ts";
import { listReferrer } from "./internal/fallback-referrers.ts";
import { listReferrersByApi } from "./internal/referrers-api.ts";
import { pushManifest, pushTags } from "./internal/manifest-push.ts";
import { blobSize, hasContent } from "./internal/presence.ts";
import { ManifestMemory } from "./internal/manifest-memory.ts";
import type { BlobPush } from "./internal/finish-upload.ts";
import type * as pushing from "./internal/push-blob.ts";
import { readContent } from "./internal/read-content.ts";
import { getManifest, headManifest } from "./internal/resolve.ts";
import { checkTag, listTags } from "./internal/tags.ts";
import type { Upload } from "./internal/upload.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import type { Transport } from "./transport.ts";
import { MemorySessions, type UploadSessions } from "./upload-sessions.ts";

/** Loaded when something is written: most that looks at a repository only reads, or finds all there. */
async function uploads(): Promise<typeof pushing> {
  return await import("./internal/push-blob.ts");
}

type Abilities = BlobDeleter &
  BlobIngester &
  BlobMounter &
  BlobResumer &
  ContentFilter &
  DocumentReader &
  FileTaker &
  MultiTagger &
  NamedPutter &
  ReferrerLister &
  TagRemover;

/** One repository. Get one from `Registry.repository`. */
export class Repository implements Source, Target, Abilities {
  /** Path of the repository at its registry. */
  readonly name: string;
  readonly #context: Context;
  readonly #sessions: UploadSessions;
  readonly #pushed = new ManifestMemory();
  /** Uploads that mounts have begun in vain. */
  readonly #begun = new Map<Digest, Upload>();
  /** What was asked for and not there; who puts it then does not ask again. */
  readonly #missed = new Set<Digest>();
  /** Whether the registry lists referrers itself, once that is known. */
  #hasReferrersApi: boolean | undefined;

  constructor(transport: Transport, name: string, options: RepositoryOptions = {}) {
    this.name = name;
    this.#context = { transport, name, options };
    this.#sessions = options.sessions ?? new MemorySessions();
  }

  /** Host and path, as in `registry.example.com/team/app`. */
  get place(): string {
    return placeOf(this.#context);
  }

  openUnverified(descriptor: Descriptor, options: ReadOptions = {}): ByteStream {
    const begin = (): ByteStream => {
      options.signal?.throwIfAborted();
      const { start, end } = rangeOf(descriptor, options);
      return readContent(this.#context, { descriptor, start, end, signal: options.signal });
    };
    return {
      async *[Symbol.asyncIterator]() {
        yield* begin();
      },
      intoFile: async (file, onBytes) => await appendTo(file, begin(), onBytes),
    };
  }

  async has(descriptor: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
    const isThere = await hasContent(this.#context, descriptor, signal);
    if (isThere) this.#missed.delete(descriptor.digest);
    else if (!isManifestType(descriptor.mediaType)) this.#missed.add(descriptor.digest);
    return isThere;
  }

  /** The size of a blob in bytes; nothing if there is none, or the registry does not say. */
  async sizeOf(digest: Digest, { signal }: CallOptions = {}): Promise<number | undefined> {
    return await blobSize(this.#context, digest, signal);
  }

  async put(descriptor: Descriptor, source: ByteSource, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (isManifestType(descriptor.mediaType)) return await this.#putManifest(descriptor, source, options);
    const begun = this.#takeBegun(descriptor);
    if (begun === undefined && (await this.#isThere(descriptor, options))) return;
    const { isSmall, pushBlob } = await uploads();
    // What is sent at once is not gone on with.
    await using held = isSmall(this.#context, descriptor)
      ? undefined
      : await this.#sessions.hold(this.#key(descriptor));
    await pushBlob(this.#context, { ...this.#push(descriptor, source, options), held, begun });
  }

  /** See {@link FileTaker}. What breaks off can go on anywhere in a file, and the kernel sends it where it can. */
  async putFile(descriptor: Descriptor, opened: ContentFile, options: PutFileOptions = {}): Promise<void> {
    const { isSentUnread, pushBlob } = await uploads();
    const source = opened.read({ start: 0, end: opened.size }, options.signal);
    if (!isSentUnread(this.#context, descriptor)) return await this.put(descriptor, source, options);
    const begun = this.#takeBegun(descriptor);
    if (begun === undefined && (await this.#isThere(descriptor, options))) return;
    await using held = await this.#sessions.hold(this.#key(descriptor));
    const file = { opened, onBytes: options.onBytes };
    await pushBlob(this.#context, { ...this.#push(descriptor, source, options), file, held, begun });
  }

  async #isThere(descriptor: Descriptor, options: CallOptions): Promise<boolean> {
    return !this.#missed.delete(descriptor.digest) && (await this.has(descriptor, options));
  }

  #takeBegun({ digest }: Descriptor): Upload | undefined {
    const begun = this.#begun.get(digest);
    this.#begun.delete(digest);
    if (begun !== undefined) this.#missed.delete(digest);
    return begun;
  }

  #push(descriptor: Descriptor, source: ByteSource, { signal }: CallOptions): Omit<BlobPush, "held"> {
    return { descriptor, source, signal, isThere: async () => await this.has(descriptor, { signal }) };
  }

  #key({ digest }: Descriptor): string {
    return `${this.#context.transport.base.origin} ${this.name} ${digest}`;
  }

  async putNamed(name: string, descriptor: Descriptor, source: ByteSource, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    checkTag(name, descriptor);
    // Under a tag a registry finds the digest itself, by the algorithm that it prefers.
    if (splitDigest(descriptor.digest).algorithm === "sha256")
      return await this.#putManifest(descriptor, source, options, name);
    await this.#putManifest(descriptor, source, options);
    await this.tag(name, descriptor, options);
  }

  /** Puts a manifest under its digest, or under `name`. */
  async #putManifest(
    descriptor: Descriptor,
    source: ByteSource,
    { signal }: CallOptions,
    name?: string,
  ): Promise<void> {
    const { mediaType, digest, size } = descriptor;
    const bytes = await collect(verify(source, descriptor), { maxBytes: size, signal });
    const { hasSubject } = await pushManifest(this.#context, { bytes, mediaType, digest }, { signal }, name);
    this.#pushed.add(digest, { bytes, mediaType });
    if (hasSubject) this.#hasReferrersApi = true;
    else if (hasLinks(mediaType) && mayHaveSubject(bytes))
      await listReferrer(this.#context, descriptor, parseLinks(bytes, descriptor), signal);
  }

  async ingest(source: ByteSource, options: IngestOptions): Promise<Descriptor> {
    const { ingestBlob } = await uploads();
    return await ingestBlob(this.#context, source, options);
  }

  async mount(descriptor: Descriptor, from: BlobReader, { signal }: CallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    if (isManifestType(descriptor.mediaType)) return false;
    const sibling = from instanceof Repository && from.#isAt(this.#context.transport) ? from.name : undefined;
    if (sibling === this.name) return false;
    if (sibling === undefined && this.#context.options.mountAnywhere !== true) return false;
    const { Upload } = await import("./internal/upload.ts");
    const upload = await Upload.mount(this.#context, { mount: descriptor.digest, from: sibling }, signal);
    if (upload === undefined) return await this.has(descriptor, { signal });
    this.#begun.set(descriptor.digest, upload);
    return false;
  }

  #isAt(transport: Transport): boolean {
    return this.#context.transport.base.href === transport.base.href;
  }

  async partialBytes(descriptor: Descriptor, { signal }: CallOptions = {}): Promise<number> {
    signal?.throwIfAborted();
    if (isManifestType(descriptor.mediaType)) return 0;
    if ((await this.#sessions.knows?.(this.#key(descriptor))) === false) return 0;
    await using held = await this.#sessions.hold(this.#key(descriptor));
    if (held?.location === undefined) return 0;
    const { Upload } = await import("./internal/upload.ts");
    const upload = new Upload(this.#context, new URL(held.location));
    const bytes = await upload.progress(descriptor.size, signal);
    if (bytes === undefined) await held.forget();
    else await held.save(upload.location.href);
    return bytes ?? 0;
  }

  async resume(descriptor: Descriptor, start: number, source: ByteSource, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await using held = await this.#sessions.hold(this.#key(descriptor));
    const { streamBlob } = await import("./internal/stream-blob.ts");
    await streamBlob(this.#context, { ...this.#push(descriptor, source, options), held }, start);
  }

  /** See {@link ContentFilter}: registries need not have layers whose distribution is restricted. */
  wants({ mediaType }: Descriptor): boolean {
    return this.#context.options.pushRestricted === true || parseLayerType(mediaType)?.base.distributable !== false;
  }

  async resolve(name: string, { signal }: CallOptions = {}): Promise<Descriptor | undefined> {
    signal?.throwIfAborted();
    return await headManifest(this.#context, name, signal);
  }

  tags({ signal }: CallOptions = {}): AsyncIterable<string> {
    return listTags(this.#context, signal);
  }

  async tag(name: string, descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    checkTag(name, descriptor);
    // Some registries refuse to set a tag anew even to what it stands for.
    if ((await this.resolve(name, options))?.digest === descriptor.digest) return;
    const { mediaType, digest } = descriptor;
    const bytes = this.#pushed.find(digest)?.bytes ?? (await readVerified(this, descriptor, options));
    await pushManifest(this.#context, { bytes, mediaType, digest }, options, name);
  }

  /** See {@link MultiTagger}: in one request where the registry knows the draft for that. */
  async tagAll(names: readonly string[], descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    for (const name of names) checkTag(name, descriptor);
    const { mediaType, digest } = descriptor;
    const bytes = this.#pushed.find(digest)?.bytes ?? (await readVerified(this, descriptor, options));
    this.#pushed.add(digest, { bytes, mediaType });
    const set = await pushTags(this.#context, { bytes, mediaType, digest }, names, options);
    for (const name of names) if (!set.has(name)) await this.tag(name, descriptor, options);
  }

  async keep(_descriptor: Descriptor, { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
  }

  async untag(name: string, { signal }: CallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    return await deleteTag(this.#context, name, signal);
  }

  /** Deletes a manifest or a blob. The list of referrers that clients keep is mended. */
  async delete(digest: Digest, { signal }: CallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    this.#pushed.forget(digest);
    const found = await headManifest(this.#context, digest, signal);
    if (found === undefined) return await deleteBlob(this.#context, digest, signal);
    const hasApi = async (subject: Descriptor): Promise<boolean> => await this.#knowsReferrers(subject, signal);
    return await deleteManifest(this.#context, { descriptor: found, store: this, hasApi, signal });
  }

  async #knowsReferrers(subject: Descriptor, signal?: AbortSignal): Promise<boolean> {
    if (this.#hasReferrersApi !== undefined) return this.#hasReferrersApi;
    for await (const _each of this.referrers(subject, { signal })) break;
    return this.#hasReferrersApi === true;
  }

  async *referrers(subject: Descriptor, options: ReferrerOptions = {}): AsyncGenerator<Descriptor, void, undefined> {
    options.signal?.throwIfAborted();
    if (this.#hasReferrersApi !== false) {
      const listed = listReferrersByApi(this.#context, subject.digest, options);
      const first = await listed.next();
      this.#hasReferrersApi = first.done !== true || first.value;
      if (first.done !== true) {
        yield first.value;
        yield* listed;
      }
      if (this.#hasReferrersApi) return;
    }
    yield* fallbackReferrers(this, subject, options);
  }

  /** A manifest as it is under a tag or digest, with what it really is; nothing if there is none. */
  async manifest(name: string, { signal }: CallOptions = {}): Promise<NamedDocument | undefined> {
    signal?.throwIfAborted();
    return await getManifest(this.#context, name, signal);
  }
}
