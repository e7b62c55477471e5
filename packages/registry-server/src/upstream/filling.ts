/**
 * A blob that is on its way from an upstream: stored once, and read meanwhile by all who want it, each from a file without
 * a name. Its last byte is given to nobody before the digest of all is right.
 * @module
 */
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasherLike } from "@teu/content/hash";
import type { ByteStream } from "@teu/content/store";
import type { Digest } from "@teu/spec/digest";
import type { ByteSpan, UploadWriter } from "../storage/driver.ts";

const READ_BYTES = 256 * 1024;

/** One blob under way. */
export class Filling {
  readonly digest: Digest;
  readonly size: number;
  /** Resolves when it is stored. */
  kept: Promise<void> = Promise.resolve();
  readonly #file: FileHandle;
  #readers = 1;
  #written = 0;
  #verified = false;
  #fault: unknown;
  #waiting: (() => void)[] = [];

  private constructor(digest: Digest, size: number, file: FileHandle) {
    this.digest = digest;
    this.size = size;
    this.#file = file;
  }

  /** Begins. The file is gone from its folder at once, so that nothing of it outlasts the process. */
  static async begin(digest: Digest, size: number): Promise<Filling> {
    const path = join(tmpdir(), `teu-fill-${crypto.randomUUID()}`);
    const file = await open(path, "wx+", 0o600);
    await unlink(path);
    return new Filling(digest, size, file);
  }

  /** Takes everything in, and writes it to a storage too. Rejects if it is not what its digest says. */
  async fill(source: ByteStream, writer: UploadWriter): Promise<void> {
    try {
      const hasher = hasherLike(this.digest);
      for await (const chunk of source) {
        if (this.#written + chunk.length > this.size) throw this.#wrong(`more than ${this.size} bytes`);
        hasher.update(chunk);
        await Promise.all([this.#file.write(chunk, 0, chunk.length, this.#written), writer.write([chunk])]);
        this.#written += chunk.length;
        this.#wake();
      }
      if (this.#written !== this.size) throw this.#wrong(`${this.#written} bytes, expected ${this.size}`);
      if (hasher.digest() !== this.digest) throw this.#wrong("another digest");
      this.#verified = true;
    } catch (error) {
      this.#fault = error;
      throw error;
    } finally {
      this.#wake();
    }
  }

  #wrong(problem: string): Error {
    return new Error(`Pulling blob "${this.digest}" from upstream: ${problem}`);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Reads a part as it arrives. */
  async *read({ start, end }: ByteSpan = { start: 0, end: this.size }): ByteStream {
    this.#readers += 1;
    try {
      for (let position = start; position < end;) {
        const ready = Math.min(end, this.#verified ? this.size : Math.min(this.#written, this.size - 1));
        if (position >= ready) {
          if (this.#fault !== undefined) throw this.#fault;
          await new Promise<void>((resolve) => void this.#waiting.push(resolve));
          continue;
        }
        const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, ready - position));
        const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, position);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await this.release();
    }
  }

  /** To be called once by whoever began it; the file is closed when its last reader has left too. */
  async release(): Promise<void> {
    this.#readers -= 1;
    if (this.#readers === 0) await this.#file.close();
  }

  /** Tells whether it can still be read. */
  get open(): boolean {
    return this.#readers > 0 && this.#fault === undefined;
  }
}
