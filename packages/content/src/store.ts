/**
 * What a store of content is: a few small interfaces that a registry, a layout, an archive, a `dir:` folder and memory
 * can all show. A function asks for the least it needs; abilities that only some stores have are interfaces of their own,
 * and {@link can} tells who has them. The suite in `testing/store-contract.ts` holds every store to what is said here.
 *
 * Content is named by its descriptor. A store finds it by digest; it may use the media type to choose where to look
 * (a registry keeps manifests and blobs apart).
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import type { ByteSource } from "@teu/std/streams";
import type { GrowingFile } from "./growing-file.ts";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call with the signal's reason, and leaves nothing half-made. */
  readonly signal?: AbortSignal | undefined;
}

/** Which part of content to read. */
export interface ReadOptions extends CallOptions {
  /** Offset of the first byte. Default: 0. */
  readonly start?: number | undefined;
  /** Offset behind the last byte. Default: the end. */
  readonly end?: number | undefined;
}

/** Chunks of bytes that are fetched as they are asked for. Nothing is opened before the first is. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /**
   * Instead of being iterated: appends everything to a file, where there is a quicker way for that than by chunks. Throws
   * what iterating does, and what the file fails with.
   * @param onBytes Is told how many bytes were appended since it was last told.
   */
  readonly intoFile?: ((file: GrowingFile, onBytes?: (bytes: number) => void) => Promise<void>) | undefined;
}

/** Gives out content. */
export interface BlobReader {
  /**
   * Reads content as it is stored, right or wrong. Almost everyone wants `openVerified` or `readVerified` of
   * `verified-read.ts` instead, or passes the stream to {@link BlobWriter.put}, which verifies.
   * @throws TeuError, when the first chunk is asked for: `ERR_BLOB_MISSING`; `ERR_BLOB_SIZE` if the store sees at once
   * that the size differs; `ERR_RANGE_INVALID` if the range does not lie within the descriptor's size.
   */
  openUnverified(descriptor: Descriptor, options?: ReadOptions): ByteStream;

  /** Tells whether content of this digest and size is here. */
  has(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;
}

/** Takes content in. */
export interface BlobWriter {
  /**
   * Stores what `source` gives as the content of `descriptor`, and answers once it is there to stay. Bytes of another
   * size or digest are refused, and nothing of them is left. Content that is here already need not be read again.
   * @throws TeuError `ERR_BLOB_SIZE`, `ERR_BLOB_DIGEST`, `ERR_DIGEST_UNSUPPORTED`; and whatever `source` throws, as it is.
   */
  put(descriptor: Descriptor, source: ByteSource, options?: CallOptions): Promise<void>;
}

/** Finds content by name. */
export interface TagResolver {
  /** The descriptor that `name`, a tag or the digest of a manifest or index, stands for; nothing if there is none. */
  resolve(name: string, options?: CallOptions): Promise<Descriptor | undefined>;

  /** The tags of the store, each once, in the order of their characters. */
  tags(options?: CallOptions): AsyncIterable<string>;
}

/** Gives content names. */
export interface TagWriter {
  /**
   * Makes `name` stand for `descriptor` alone, whose content has to be here.
   * @throws TeuError `ERR_TAG_INVALID`; `ERR_BLOB_MISSING`.
   */
  tag(name: string, descriptor: Descriptor, options?: CallOptions): Promise<void>;

  /** Holds on to content without a name, as a root of its graph. Does nothing where content stays anyway. */
  keep(descriptor: Descriptor, options?: CallOptions): Promise<void>;
}

/** Which referrers to list. */
export interface ReferrerOptions extends CallOptions {
  /** Only those of this artifact type. */
  readonly artifactType?: string | undefined;
}

/** A document and what it is. */
export interface NamedDocument {
  readonly descriptor: Descriptor;
  /** Those that the digest of the descriptor belongs to: they are verified. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Ability: gives the document under a name at once, where to find it first and read it then takes longer. */
export interface DocumentReader {
  /** The manifest or index that `name` stands for; nothing if there is none. It may have 4 MiB. */
  manifest(name: string, options?: CallOptions): Promise<NamedDocument | undefined>;
}

/** Finds what refers to content by its `subject` field. */
export interface ReferrerLister {
  /**
   * Descriptors of the manifests and indexes whose subject is `subject`, with their artifact type and annotations.
   * The subject itself need not be here.
   * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers}
   */
  referrers(subject: Descriptor, options?: ReferrerOptions): AsyncIterable<Descriptor>;
}

/** What can be copied from: content, and the names it goes by. */
export type Source = BlobReader & TagResolver;

/** What can be copied to. */
export type Target = BlobReader & BlobWriter & TagWriter;

/** Ability: takes in content whose digest is not known before its end. */
export interface BlobIngester {
  /**
   * Stores what `source` gives and says what it is.
   * @throws TeuError `ERR_DIGEST_UNSUPPORTED`; and whatever `source` throws, as it is.
   */
  ingest(source: ByteSource, options: IngestOptions): Promise<Descriptor>;
}

/** What to say of content in its descriptor. */
export interface IngestOptions extends CallOptions {
  readonly mediaType: string;
  /** Default: `sha256`. */
  readonly algorithm?: string | undefined;
}

/** Ability: takes content over from another store without moving its bytes through this program. */
export interface BlobMounter {
  /** Answers true once the content is here; false if it has to be put. */
  mount(descriptor: Descriptor, from: BlobReader, options?: CallOptions): Promise<boolean>;
}

/** Ability: keeps what an interrupted put left, and goes on from there. */
export interface BlobResumer {
  /** How many bytes of the content are here from an earlier try; 0 if none, or if someone else is writing them now. */
  partialBytes(descriptor: Descriptor, options?: CallOptions): Promise<number>;

  /**
   * Like {@link BlobWriter.put}, but `source` gives the bytes from offset `start` on, which is what
   * {@link partialBytes} said. Bytes that turn out wrong are forgotten, those from before too.
   */
  resume(descriptor: Descriptor, start: number, source: ByteSource, options?: CallOptions): Promise<void>;
}

/** Ability: removes content. Names that stand for it are not looked at. */
export interface BlobDeleter {
  /** Answers false if it was not here. */
  delete(digest: Digest, options?: CallOptions): Promise<boolean>;
}

/** Content as a store lists it. */
export interface BlobEntry {
  readonly digest: Digest;
  /** Size in bytes. */
  readonly size: number;
}

/** Ability: lists all content, in no order. */
export interface BlobLister {
  blobs(options?: CallOptions): AsyncIterable<BlobEntry>;
}

/** What a store holds on to, and under which name. */
export interface Root {
  /** Nothing for content that is kept without a name. */
  readonly name: string | undefined;
  readonly descriptor: Descriptor;
}

/** Ability: lists what the store holds on to, once for each name. */
export interface RootLister {
  roots(options?: CallOptions): AsyncIterable<Root>;
}

/** Ability: takes a name away. The content stays. */
export interface TagRemover {
  /** Answers false if there was no such name. */
  untag(name: string, options?: CallOptions): Promise<boolean>;
}

/** Ability: takes a manifest or an index in together with a name. */
export interface NamedPutter {
  /** As `put` and then `tag` do, at once. */
  putNamed(name: string, descriptor: Descriptor, source: ByteSource, options?: CallOptions): Promise<void>;
}

/** Ability: gives one manifest several names at a time. */
export interface MultiTagger {
  /** As `tag` does for each of `names`. */
  tagAll(names: readonly string[], descriptor: Descriptor, options?: CallOptions): Promise<void>;
}

/** Content that is a file of its own, which is open. */
export interface ContentFile extends AsyncDisposable {
  readonly fd: number;
  /** In bytes: the size of the content. */
  readonly size: number;
  /** Reads the bytes from `start` to before `end`. */
  read(range: { readonly start: number; readonly end: number }, signal?: AbortSignal): ByteStream;
}

/** Ability: gives content as a file, right or wrong. */
export interface FileOpener {
  /**
   * Nothing for content that is no file of its own.
   * @throws TeuError `ERR_BLOB_MISSING`; `ERR_BLOB_SIZE` if the file has another size.
   */
  openFile(descriptor: Descriptor, options?: CallOptions): Promise<ContentFile | undefined>;
}

/** How to take a file in. */
export interface PutFileOptions extends CallOptions {
  /** Is told how many bytes have been taken. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Ability: takes content in from a file, any part of which it may read again, or have the kernel move. */
export interface FileTaker {
  /** As {@link BlobWriter.put} does. The file stays open until this has ended. */
  putFile(descriptor: Descriptor, file: ContentFile, options?: PutFileOptions): Promise<void>;
}

/** Ability: leaves some content out, such as layers that may not be distributed. */
export interface ContentFilter {
  /** False for content that a copy must neither put nor miss. */
  wants(descriptor: Descriptor): boolean;
}

/** Ability: reads the same content at several places, of which one may have something else under its name. */
export interface SecondSource {
  /** Takes note that what was read of some content was wrong. Answers whether another place is asked next time. */
  distrust(descriptor: Descriptor): boolean;
}

/** Ability: keeps content safe from a garbage collector until it has a name. */
export interface Leaser {
  /** What is put, or found by `has`, from now until the lease is disposed of is not collected. */
  lease(options?: CallOptions): Promise<AsyncDisposable>;
}

/** Ability: takes in a limited number of contents at once, such as an archive that is written from front to back. */
export interface PutLimit {
  /** A whole number above zero. A copy with 1 puts content in the order of the graph, so that the result is the same each time. */
  maxParallelPuts(): number;
}

/** Every ability by the name of the method that shows it. */
export interface Abilities {
  readonly ingest: BlobIngester;
  readonly mount: BlobMounter;
  readonly resume: BlobResumer;
  readonly delete: BlobDeleter;
  readonly blobs: BlobLister;
  readonly roots: RootLister;
  readonly untag: TagRemover;
  readonly tagAll: MultiTagger;
  readonly putNamed: NamedPutter;
  readonly manifest: DocumentReader;
  readonly referrers: ReferrerLister;
  readonly wants: ContentFilter;
  readonly distrust: SecondSource;
  readonly lease: Leaser;
  readonly maxParallelPuts: PutLimit;
  readonly openFile: FileOpener;
  readonly putFile: FileTaker;
}

/** Tells whether `store` has an ability: `if (can(target, "mount")) await target.mount(…)`. */
export function can<Store extends object, Name extends keyof Abilities>(
  store: Store,
  ability: Name,
): store is Store & Abilities[Name] {
  return ability in store && typeof (store as Record<string, unknown>)[ability] === "function";
}
