/**
 * Writes a file from some position on, chunk by chunk, at the least cost that the disk allows.
 *
 * A write that only fills the cache of the system is done at once: to have another thread do it takes longer than it does
 * itself. Once the disk makes a writer wait, other threads do the waiting for a while. Content that has to reach the disk
 * begins to go there while more of it arrives, or success would wait for all of it at the end.
 * @module
 */
import { writeSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** What of an open file is used. */
export type AppendedFile = Pick<FileHandle, "fd" | "write" | "sync" | "datasync">;

/** How to write. */
export interface AppendOptions {
  /** Where the first byte goes. */
  readonly position: number;
  /** Whether all of it has to reach the disk. */
  readonly durable: boolean;
}

// Far more than a chunk takes that only goes to memory, also where other programs are in the way.
const SLOW_MS = 25;
const CAREFUL_BYTES = 16 * 1024 * 1024;
const FLUSH_BYTES = 32 * 1024 * 1024;

/** Appends to a file that is open. */
export class FileAppender {
  readonly #file: AppendedFile;
  readonly #durable: boolean;
  #position: number;
  /** Up to where other threads write, since the disk was slow. */
  #carefulUntil = 0;
  #flushedUntil: number;
  #flushing: Promise<unknown> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(file: AppendedFile, { position, durable }: AppendOptions) {
    this.#file = file;
    this.#durable = durable;
    this.#position = position;
    this.#flushedUntil = position;
  }

  /** Writes a chunk. Its memory is free again afterwards. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.#position < this.#carefulUntil) await this.#writeElsewhere(chunk);
    else this.#writeNow(chunk);
    this.moved(this.#position);
  }

  get fd(): number {
    return this.#file.fd;
  }

  /** Where the next chunk goes. */
  get position(): number {
    return this.#position;
  }

  /** Says that all up to a position has been written, by whomever. */
  moved(position: number): void {
    this.#position = position;
    if (this.#durable && position - this.#flushedUntil >= FLUSH_BYTES) this.#beginFlush();
  }

  /** Waits until everything is where it has to be. Throws what the disk failed with, also before. */
  async finish(): Promise<void> {
    await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#durable) await this.#file.sync();
  }

  /** Waits until nothing is done with the file any more, for those who give up. */
  async stop(): Promise<void> {
    await this.#flushing;
  }

  #writeNow(chunk: Uint8Array): void {
    const startMs = performance.now();
    for (let done = 0; done < chunk.length;) {
      const written = writeSync(this.#file.fd, chunk, done, chunk.length - done, this.#position);
      done += written;
      this.#position += written;
    }
    if (performance.now() - startMs > SLOW_MS) this.#carefulUntil = this.#position + CAREFUL_BYTES;
  }

  async #writeElsewhere(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await this.#file.write(chunk, done, chunk.length - done, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
    }
  }

  #beginFlush(): void {
    if (this.#flushing !== undefined) return;
    this.#flushedUntil = this.#position;
    this.#flushing = this.#file
      .datasync()
      .catch((error: unknown) => (this.#failure ??= { error }))
      .finally(() => (this.#flushing = undefined));
  }
}
