/**
 * A stream that is read once, of which the latest part can be given out again: what a connection swallowed when it broke.
 * @module
 */
import { giveBack } from "@teu/std/slabs";
import type { ByteSource } from "@teu/std/streams";

interface Kept {
  /** Offset of its first byte. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

// Of chunks that are on their way there is one at a time, and the next is read meanwhile.
const LEAST_BEHIND_BYTES = 4 * 1024 * 1024;

/** Reads `source` on demand and keeps the last `keptBytes` of it. */
export class Replay {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #keptBytes: number;
  readonly #kept: Kept[] = [];
  /** Offset behind what was read so far. */
  #end: number;
  #done = false;
  /** What the source failed with, if it did. */
  failure: { readonly error: unknown } | undefined;

  /** @param start Offset of the first byte that the source gives. */
  constructor(source: ByteSource, start: number, keptBytes: number) {
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#end = start;
    this.#keptBytes = keptBytes;
  }

  /** Tells whether the bytes from `offset` on can still be given out. */
  can(offset: number): boolean {
    return offset >= (this.#kept[0]?.at ?? this.#end);
  }

  /** Gives the bytes from `offset` up to `end`, or the end of the source. */
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

  /** Reads to the end of a source that should have no more: its last check comes with its end. */
  async finish(): Promise<void> {
    while (await this.#pull());
  }

  /** Gives the memory back of what is kept, once all of it has arrived at the other side. */
  release(): void {
    for (const { bytes } of this.#kept.splice(0)) giveBack(bytes);
  }

  /** Closes the source. */
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
