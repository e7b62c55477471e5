/**
 * Where the bytes of blobs are: a tree of content that is named by its digest and never changes, uploads that grow, and a
 * journal of what was committed. The suite in `testing/driver-contract.ts` holds every driver to what is said here.
 * @module
 */
import type { ByteStream } from "@teu/content/store";
import type { Digest } from "@teu/spec/digest";

/** A part of content, from the byte `start` up to but without the byte `end`. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** Content that is complete. */
export interface ContentStorage {
  /** The size of content in bytes; nothing if it is not here. */
  size(digest: Digest): Promise<number | undefined>;
  /** Reads content, or a part that lies inside of it. A reader that leaves early closes it. */
  read(digest: Digest, span?: ByteSpan): ByteStream;
  /** Stores small content at once. Resolves when it will survive a crash. What is there already stays or is replaced by the same. */
  store(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Removes content; nothing happens if it is not here. */
  remove(digest: Digest): Promise<void>;
  /**
   * Takes damaged content out of what is here, and keeps its bytes for whoever runs the registry to look at; nothing happens
   * if it is not here.
   */
  quarantine(digest: Digest): Promise<void>;
  /** All content, in no order. */
  list(): AsyncIterable<{ readonly digest: Digest; readonly size: number }>;
}

/** Uploads, by names of letters, digits and hyphens. */
export interface UploadStorage {
  /** Adds to an upload at `offset`, which is its size; what stands behind it, of a write that failed, goes. */
  append(id: string, offset: number): Promise<UploadWriter>;
  /** The size of an upload in bytes; nothing if it has none yet. */
  uploadSize(id: string): Promise<number | undefined>;
  readUpload(id: string): ByteStream;
  /** Makes an upload content. Resolves when that will survive a crash. */
  complete(id: string, digest: Digest): Promise<void>;
  /** Removes an upload; nothing happens if it is not here. */
  discard(id: string): Promise<void>;
  uploads(): AsyncIterable<string>;
}

/** Adds bytes to one upload. */
export interface UploadWriter extends AsyncDisposable {
  /** Writes chunks in their order. They may be changed once the promise resolves. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
}

/** What was committed, in its order, so that metadata can be made anew. */
export interface JournalStorage {
  /**
   * Adds lines. They will survive a crash once this returns, or the promise that it returns resolves.
   * @param place Where they stand among those of several writers. Default: behind all that this process added.
   */
  appendJournal(lines: readonly string[], place?: number): void | Promise<void>;
  /** All lines. A last one that was cut off by a crash is left out. */
  readJournal(): AsyncIterable<string>;
  /** Puts a new journal in place of the old one. */
  replaceJournal(lines: Iterable<string>): Promise<void>;
}

/** A driver, which has to be closed. */
export interface StorageDriver extends ContentStorage, UploadStorage, JournalStorage, AsyncDisposable {
  /** Where content is in the file system, if this driver keeps it there. */
  readonly pathOf?: (digest: Digest) => string;
  /** An address where clients can GET content for a while without asking us, if this driver gives such. */
  readonly addressOf?: ((digest: Digest) => string) | undefined;
}
