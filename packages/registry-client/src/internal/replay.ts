/**
 * A stream that is read once, of which the latest part can be given out again: what a connection swallowed when it broke.
 * @module
 */
import type { ContentFile } from "@teu/content/store";
import { giveBack } from "@teu/std/slabs";
import type { ByteSource } from "@teu/std/streams";
import { FilePart } from "../http/file-part.ts";

/** Bytes to send, of which some may have to be sent again. */
export interface Replayed {
  /** What the source failed with, if it did. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Tells whether the bytes from `offset` on can still be given out. */
  can(offset: number): boolean;
  /** Gives the bytes from `offset` up to `end`, or the end of the source. */
  from(offset: number, end: number): AsyncIterable<Uint8Array>;
  /** Gives all bytes up to `size`, the end; the last ones only once the source has ended as it should. */
  whole(size: number): AsyncIterable<Uint8Array>;
  /** Reads to the end of a source that should have no more: its last check comes with its end. */
  finish(): Promise<void>;
  /** Gives the memory back of what is kept, once all of it has arrived at the other side. */
  release(): void;
  /** Closes the source. */
  close(): Promise<void>;
}

/** A file, all of which can be given out again at any time. */
export class FileReplay implements Replayed {
  readonly failure = undefined;
  readonly #file: ContentFile;
  readonly #onBytes: ((bytes: number) => void) | undefined;

  constructor(file: ContentFile, onBytes?: (bytes: number) => void) {
    this.#file = file;
    this.#onBytes = onBytes;
  }

  can(): boolean {
    return true;
  }

  from(start: number, end: number): FilePart {
    return new FilePart(this.#file, { start, end, onSent: this.#onBytes });
  }

  whole(size: number): FilePart {
    return this.from(0, size);
  }

  async finish(): Promise<void> {}

  release(): void {}

  /** Who opened the file closes it. */
  async close(): Promise<void> {}
}

interface Kept {
  /** Offset of its first byte. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

// Of chunks that are on their way there is one at a time, and the next is read meanwhile.
const LEAST_BEHIND_BYTES = 4 * 1024 * 1024;

/** Reads `source` on demand and keeps the last `keptBytes` of it. */
export class Replay implements Replayed {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #keptBytes: number;
  readonly #kept: Kept[] = [];
  /** Offset behind what was read so far. */
  #end: number;
  #done = false;
  failure: { readonly error: unknown } | undefined;

  /** @param start Offset of the first byte that the source gives. */
  constructor(source: ByteSource, start: number, keptBytes: number) {
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#end = start;
    this.#keptBytes = keptBytes;
  }

  can(offset: number): boolean {
    return offset >= (this.#kept[0]?.at ?? this.#end);
  }

  async *from(offset: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    let at = offset;
    for (;;) {
      const kept = this.#find(at);
      if (at >= end) return;
      if (kept === undefined) {
        if (!(await this.#pull())) return;
        continue;
      }
      const piece = kept.bytes.subarray(at - kept.at, end - kept.at);
      at += piece.length;
      yield piece;
    }
  }

  async *whole(size: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = size;
    for await (const piece of this.from(0, size)) {
      left -= piece.length;
      if (left === 0) await this.finish();
      yield piece;
    }
  }

  async finish(): Promise<void> {
    while (await this.#pull());
  }

  release(): void {
    for (const { bytes } of this.#kept.splice(0)) giveBack(bytes);
  }

  async close(): Promise<void> {
    if (!this.#done) await this.#iterator.return?.();
    this.#done = true;
  }

  #find(offset: number): Kept | undefined {
    return this.#kept.find(({ at, bytes }) => offset >= at && offset < at + bytes.length);
  }

  /** Reads one chunk; false at the end. */
  async #pull(): Promise<boolean> {
    if (this.#done) return false;
    try {
      const next = await this.#iterator.next();
      if (next.done === true) {
        this.#done = true;
        return false;
      }
      if (next.value.length > 0) this.#keep(next.value);
      return true;
    } catch (error) {
      this.#done = true;
      this.failure = { error };
      throw error;
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#kept.push({ at: this.#end, bytes });
    this.#end += bytes.length;
    // The newest always stays: it is on its way.
    for (let [first] = this.#kept; first !== undefined && this.#kept.length > 1; [first] = this.#kept) {
      if (first.at + first.bytes.length > this.#end - this.#keptBytes) return;
      this.#kept.shift();
      // Far behind what is being sent.
      if (this.#keptBytes >= LEAST_BEHIND_BYTES) giveBack(first.bytes);
    }
  }
}
