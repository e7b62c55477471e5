/**
 * A tar archive that is written to a file entry by entry; an entry that fails leaves the file as it was before.
 * @module
 */
import type { FileHandle } from "node:fs/promises";
import { type NewEntry, TarWriter, endOfArchive } from "@teu/tar/write-tar";
import type { ByteRange } from "../verified-read.ts";

/** Writes one archive. Entries go in one after the other; callers wait for each. */
export class TarFileWriter {
  readonly #file: FileHandle;
  #end = 0;

  /** @param file Is empty, and stays open. */
  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Writes a directory. */
  async directory(name: string): Promise<void> {
    await this.#entry({ name, type: "directory", mode: 0o755 }, []);
  }

  /** Writes a file of `size` bytes, and says where its content lies. */
  async file(
    name: string,
    size: number,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<ByteRange> {
    return await this.#entry({ name, size, mode: 0o644 }, content);
  }

  /** Ends the archive. */
  async close(): Promise<void> {
    this.#end += await this.#write(endOfArchive(), this.#end);
  }

  async #entry(entry: NewEntry, content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<ByteRange> {
    const writer = new TarWriter();
    try {
      const start = this.#end + (await this.#write(writer.open(entry), this.#end));
      let end = start;
      for await (const chunk of content) {
        writer.content(chunk.length);
        end += await this.#write(chunk, end);
      }
      this.#end = end + (await this.#write(writer.close(), end));
      return { start, end };
    } catch (error) {
      await this.#file.truncate(this.#end);
      throw error;
    }
  }

  async #write(bytes: Uint8Array, position: number): Promise<number> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
    return bytes.length;
  }
}
