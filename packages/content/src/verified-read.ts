/**
 * Content read so that it cannot be used unverified by mistake: the size is held while reading, the digest before the
 * last chunk goes out. A range of content cannot be verified, and its result says so.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { splitDigest } from "@teu/spec/digest";
import { TeuError } from "@teu/std/error";
import { type ByteSource, collect } from "@teu/std/streams";
import type { ContentErrorCode } from "./errors.ts";
import { digestBytes, hasherLike } from "./hash.ts";
import {
  type BlobReader,
  type ByteStream,
  type CallOptions,
  type NamedDocument,
  type ReadOptions,
  type TagResolver,
  can,
} from "./store.ts";

/** The largest document that is read into memory unless the caller says otherwise: 4 MiB, which registries allow too. */
export const MAX_DOCUMENT_BYTES: number = 4 * 1024 * 1024;

/**
 * Reads content from `store` piece by piece. The stream throws instead of its last chunk if the content is wrong.
 * @throws TeuError `ERR_BLOB_SIZE`, `ERR_BLOB_DIGEST`, `ERR_BLOB_MISSING`, `ERR_DIGEST_UNSUPPORTED`, all while reading.
 */
export function openVerified(store: BlobReader, descriptor: Descriptor, options: CallOptions = {}): ByteStream {
  return verify(store.openUnverified(descriptor, options), descriptor);
}

/**
 * Passes the chunks of `source` on, and throws unless they are the content of `descriptor`: instead of the chunk that is
 * too much, and instead of the last chunk if the digest is wrong.
 * @throws TeuError `ERR_BLOB_SIZE`, `ERR_BLOB_DIGEST`, `ERR_DIGEST_UNSUPPORTED`
 */
export async function* verify(source: ByteSource, descriptor: Descriptor): AsyncGenerator<Uint8Array, void, undefined> {
  const check = new ContentCheck(descriptor);
  for await (const chunk of source) {
    check.update(chunk);
    yield chunk;
  }
  check.end();
}

/** Holds bytes against a descriptor as they pass. */
export class ContentCheck {
  readonly descriptor: Descriptor;
  readonly #hasher: ReturnType<typeof hasherLike>;
  #bytes = 0;
  #passed = false;

  /** @throws TeuError `ERR_DIGEST_UNSUPPORTED` */
  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
    this.#hasher = hasherLike(descriptor.digest);
  }

  /** How many bytes have passed. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes the next bytes in; with the last of them the digest is compared.
   * @throws TeuError `ERR_BLOB_SIZE` if there are too many; `ERR_BLOB_DIGEST`.
   */
  update(chunk: Uint8Array): void {
    this.passed(chunk.length);
    this.#hasher.update(chunk);
    if (this.#bytes === this.descriptor.size) this.#compare();
  }

  /**
   * As {@link update}, while the caller does something else with the bytes. They must not change, and nothing else be asked,
   * before the function that is answered has been called.
   * @throws TeuError `ERR_BLOB_SIZE` at once; the function `ERR_BLOB_DIGEST`.
   */
  updateBeside(chunk: Uint8Array): () => void {
    this.passed(chunk.length);
    const end = this.#hasher.updateBeside(chunk);
    return () => {
      end();
      if (this.#bytes === this.descriptor.size) this.#compare();
    };
  }

  /** See `Hasher` of `hash.ts`. Who goes on with the hash says by {@link passed} of how many bytes. */
  handle(): number | undefined {
    return this.#hasher.handle();
  }

  /**
   * Counts bytes that somebody else has hashed.
   * @throws TeuError `ERR_BLOB_SIZE`
   */
  passed(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.descriptor.size) throw wrongSize(this.descriptor, `more than ${this.descriptor.size}`);
  }

  /**
   * Says that there are no more bytes.
   * @throws TeuError `ERR_BLOB_SIZE` if there were too few; `ERR_BLOB_DIGEST`.
   */
  end(): void {
    if (this.#bytes < this.descriptor.size) throw wrongSize(this.descriptor, `${this.#bytes}`);
    this.#compare();
  }

  #compare(): void {
    if (this.#passed) return;
    const actual = this.#hasher.digest();
    if (actual !== this.descriptor.digest) throw wrongDigest(this.descriptor, actual);
    this.#passed = true;
  }
}

function wrongSize(descriptor: Descriptor, actual: string): TeuError<ContentErrorCode> {
  const message = `Reading ${quoted(descriptor)}: ${actual} bytes, expected ${descriptor.size}`;
  return new TeuError("ERR_BLOB_SIZE", message, { detail: { descriptor } });
}

function wrongDigest(descriptor: Descriptor, actual: string): TeuError<ContentErrorCode> {
  const message = `Reading ${quoted(descriptor)}: the content has digest ${actual}, expected that of the descriptor`;
  return new TeuError("ERR_BLOB_DIGEST", message, { detail: { descriptor, actual } });
}

function quoted(descriptor: Descriptor): string {
  return JSON.stringify(descriptor.digest);
}

/** Bounds of {@link readVerified}. */
export interface ReadWholeOptions extends CallOptions {
  /** Default: {@link MAX_DOCUMENT_BYTES}. */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads content from `store` into memory. Content that the descriptor carries itself, in `data`, is not fetched.
 * @throws TeuError `ERR_TOO_LARGE` before anything is read if the descriptor's size passes `maxBytes`; `ERR_BLOB_SIZE`,
 * `ERR_BLOB_DIGEST`, `ERR_BLOB_MISSING`, `ERR_DIGEST_UNSUPPORTED`.
 */
export async function readVerified(
  store: BlobReader,
  descriptor: Descriptor,
  options: ReadWholeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const maxBytes = options.maxBytes ?? MAX_DOCUMENT_BYTES;
  const what = quoted(descriptor);
  if (descriptor.size > maxBytes) {
    const message = `Reading ${what}: ${descriptor.size} bytes, expected at most ${maxBytes}`;
    throw new TeuError("ERR_TOO_LARGE", message, { detail: { maxBytes } });
  }
  const embedded = embeddedContent(descriptor);
  if (embedded !== undefined) return embedded;
  return collect(openVerified(store, descriptor, options), { maxBytes, what, signal: options.signal });
}

/**
 * Reads the manifest or index that `name` stands for; nothing if there is none.
 * @throws TeuError as {@link readVerified}, and what the store may throw of a name.
 */
export async function readNamed(
  store: BlobReader & Partial<TagResolver>,
  name: string,
  options: CallOptions = {},
): Promise<NamedDocument | undefined> {
  if (can(store, "manifest")) return await store.manifest(name, options);
  const descriptor = await store.resolve?.(name, options);
  return descriptor === undefined ? undefined : { descriptor, bytes: await readVerified(store, descriptor, options) };
}

/**
 * The content that a descriptor carries in its `data` field, if it is of the right size and digest.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#embedded-content}
 */
export function embeddedContent(descriptor: Descriptor): Uint8Array<ArrayBuffer> | undefined {
  if (typeof descriptor.data !== "string") return undefined;
  const bytes = decode(descriptor.data);
  const isRight =
    bytes.length === descriptor.size &&
    digestBytes(bytes, splitDigest(descriptor.digest).algorithm) === descriptor.digest;
  return isRight ? bytes : undefined;
}

/** Bytes in base64; none where it is malformed. */
function decode(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** A part of content. */
export interface RangeRead {
  readonly chunks: ByteStream;
  /** False where the range is not the whole: the bytes are then as good as the store they come from. */
  readonly verified: boolean;
}

/**
 * Reads the bytes from `start` to before `end`. The stream gives exactly as many, or throws.
 * @throws TeuError `ERR_RANGE_INVALID` at once if the range does not lie within the content; while reading
 * `ERR_BLOB_SIZE`, `ERR_BLOB_DIGEST`, `ERR_BLOB_MISSING`.
 */
export function openRange(store: BlobReader, descriptor: Descriptor, options: ReadOptions = {}): RangeRead {
  const { start, end } = rangeOf(descriptor, options);
  if (start === 0 && end === descriptor.size)
    return { chunks: openVerified(store, descriptor, options), verified: true };
  const chunks = store.openUnverified(descriptor, { ...options, start, end });
  return { chunks: exactly(chunks, descriptor, end - start), verified: false };
}

/** A range with both ends. */
export interface ByteRange {
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/**
 * The range that `options` ask for, for those who implement {@link BlobReader.openUnverified}.
 * @throws TeuError `ERR_RANGE_INVALID`
 */
export function rangeOf(descriptor: Descriptor, options: ReadOptions): ByteRange {
  const { start = 0, end = descriptor.size } = options;
  const isWithin = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
  if (isWithin && end <= descriptor.size) return { start, end };
  const message = `Reading ${quoted(descriptor)}: bytes ${start} to ${end}, expected a range within ${descriptor.size} bytes`;
  throw new TeuError<ContentErrorCode>("ERR_RANGE_INVALID", message, { detail: { descriptor, start, end } });
}

/**
 * Passes the chunks of a part of content on, unverified, and throws unless they are `expected` bytes: instead of the chunk
 * that is too much, or at the end.
 * @throws TeuError `ERR_BLOB_SIZE`
 */
export async function* exactly(
  source: ByteSource,
  descriptor: Descriptor,
  expected: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    if (total > expected) break;
    yield chunk;
  }
  if (total === expected) return;
  const message = `Reading ${quoted(descriptor)}: ${total} bytes or more, expected ${expected}`;
  throw new TeuError<ContentErrorCode>("ERR_BLOB_SIZE", message, { detail: { descriptor } });
}
