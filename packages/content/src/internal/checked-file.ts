/**
 * A file that grows by content which is checked on the way: hashed while it is written, here or by a thread of the program.
 * @module
 */
import { giveBack } from "@teu/std/slabs";
import type { ByteSource } from "@teu/std/streams";
import { type GrowingFile, intoFileOf } from "../growing-file.ts";
import type { ContentCheck } from "../verified-read.ts";
import type { FileAppender } from "./file-appender.ts";

/** The writer of an open file, and what its content is held against. */
export interface CheckedFileParts {
  readonly appender: FileAppender;
  readonly check: ContentCheck;
  /** Ends what is appended with its reason. A thread that appends is ended by its source. */
  readonly signal?: AbortSignal | undefined;
}

/** A file and the check of its content. */
export class CheckedFile implements GrowingFile {
  readonly #parts: CheckedFileParts;
  /** Waits until the last chunk has been hashed. */
  #settle: () => void = () => {};
  failure: { readonly error: unknown } | undefined;

  constructor(parts: CheckedFileParts) {
    this.#parts = parts;
  }

  get fd(): number {
    return this.#parts.appender.fd;
  }

  get size(): number {
    return this.#parts.appender.position;
  }

  /**
   * Appends all of `source`, and checks it.
   * @throws TeuError `ERR_BLOB_SIZE`, `ERR_BLOB_DIGEST`; and what `source` and the file fail with.
   */
  async appendAll(source: ByteSource): Promise<void> {
    const intoFile = intoFileOf(source);
    try {
      this.#parts.signal?.throwIfAborted();
      if (intoFile !== undefined) await intoFile(this);
      else for await (const chunk of source) await this.append(chunk);
    } finally {
      this.#settled();
    }
    this.#parts.check.end();
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#noting(async () => {
      this.#parts.signal?.throwIfAborted();
      this.#settled();
      // Hashed first, which brings it into the processor's cache; or while it is written and the next arrives.
      const end = this.#parts.check.updateBeside(chunk);
      this.#settle = () => {
        end();
        giveBack(chunk);
      };
      await this.#parts.appender.append(chunk);
    });
  }

  async appendBeside(write: (hash: number) => Promise<void>): Promise<boolean> {
    return await this.#noting(async () => {
      this.#parts.signal?.throwIfAborted();
      this.#settled();
      const hash = this.#parts.check.handle();
      if (hash === undefined) return false;
      await write(hash);
      return true;
    });
  }

  grown(size: number): void {
    const { appender, check } = this.#parts;
    check.passed(size - appender.position);
    appender.moved(size);
  }

  #settled(): void {
    const settle = this.#settle;
    this.#settle = () => {};
    settle();
  }

  async #noting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.failure ??= { error };
      throw error;
    }
  }
}
