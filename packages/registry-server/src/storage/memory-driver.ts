/**
 * Storage in memory, for tests and registries that are thrown away.
 * @module
 */
import type { ByteStream } from "@teu/content/store";
import type { Digest } from "@teu/spec/digest";
import { concatBytes } from "@teu/std/bytes";
import type { ByteSpan, StorageDriver, UploadWriter } from "./driver.ts";

/** Makes an empty storage. */
export function memoryDriver(): StorageDriver {
  return new MemoryDriver();
}

class MemoryDriver implements StorageDriver {
  readonly #contents = new Map<Digest, Uint8Array>();
  readonly #quarantine = new Map<Digest, Uint8Array>();
  readonly #uploads = new Map<string, Uint8Array[]>();
  #journal: string[] = [];

  async size(digest: Digest): Promise<number | undefined> {
    return this.#contents.get(digest)?.length;
  }

  async *read(digest: Digest, span?: ByteSpan): ByteStream {
    const bytes = this.#contents.get(digest);
    if (bytes === undefined) throw new Error(`Reading content "${digest}": it is not here`);
    yield bytes.slice(span?.start, span?.end);
  }

  async store(digest: Digest, bytes: Uint8Array): Promise<void> {
    this.#contents.set(digest, bytes.slice());
  }

  async remove(digest: Digest): Promise<void> {
    this.#contents.delete(digest);
  }

  async quarantine(digest: Digest): Promise<void> {
    const bytes = this.#contents.get(digest);
    if (bytes !== undefined) this.#quarantine.set(digest, bytes);
    this.#contents.delete(digest);
  }

  async *list(): AsyncIterable<{ readonly digest: Digest; readonly size: number }> {
    for (const [digest, { length }] of Array.from(this.#contents)) yield { digest, size: length };
  }

  async append(id: string, offset: number): Promise<UploadWriter> {
    const chunks = [concatBytes(this.#uploads.get(id) ?? []).subarray(0, offset)];
    this.#uploads.set(id, chunks);
    return {
      write: async (added) => void chunks.push(...added.map((chunk) => chunk.slice())),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async uploadSize(id: string): Promise<number | undefined> {
    return this.#uploads.get(id)?.reduce((sum, { length }) => sum + length, 0);
  }

  async *readUpload(id: string): ByteStream {
    yield* this.#uploads.get(id) ?? [];
  }

  async complete(id: string, digest: Digest): Promise<void> {
    this.#contents.set(digest, concatBytes(this.#uploads.get(id) ?? []));
    this.#uploads.delete(id);
  }

  async discard(id: string): Promise<void> {
    this.#uploads.delete(id);
  }

  async *uploads(): AsyncIterable<string> {
    yield* Array.from(this.#uploads.keys());
  }

  appendJournal(lines: readonly string[]): void {
    this.#journal.push(...lines);
  }

  async *readJournal(): AsyncIterable<string> {
    yield* this.#journal;
  }

  async replaceJournal(lines: Iterable<string>): Promise<void> {
    this.#journal = Array.from(lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
