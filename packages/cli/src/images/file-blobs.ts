/**
 * Files as content, read where they are.
 * @module
 */
import { createReadStream } from "node:fs";
import type { ContentErrorCode } from "@teu/content/errors";
import type { BlobReader, ByteStream, CallOptions, ReadOptions } from "@teu/content/store";
import { rangeOf } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { TeuError } from "@teu/std/error";

const CHUNK_BYTES = 1024 * 1024;

/** Content in files that are anywhere. */
export class FileBlobs implements BlobReader {
  readonly #paths = new Map<Digest, string>();

  /** Has the file at `path` stand for content, which it should be. */
  add({ digest }: Descriptor, path: string): void {
    this.#paths.set(digest, path);
  }

  openUnverified(descriptor: Descriptor, options: ReadOptions = {}): ByteStream {
    const { start, end } = rangeOf(descriptor, options);
    const path = this.#paths.get(descriptor.digest);
    if (path === undefined) {
      const message = `Reading "${descriptor.digest}" from files: there is none with that content`;
      throw new TeuError<ContentErrorCode>("ERR_BLOB_MISSING", message, { detail: { descriptor } });
    }
    const range = { start, end: end - 1, highWaterMark: CHUNK_BYTES };
    return (async function* () {
      if (start < end) yield* createReadStream(path, range) as AsyncIterable<Uint8Array>;
    })();
  }

  async has({ digest }: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    return this.#paths.has(digest);
  }
}
