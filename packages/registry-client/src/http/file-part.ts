/**
 * A part of a file as the body of a request. Where a socket can have the kernel send it, nobody reads it; elsewhere it is a
 * stream like any other.
 * @module
 */
import type { ContentErrorCode } from "@teu/content/errors";
import type { ByteStream, ContentFile } from "@teu/content/store";
import { TeuError } from "@teu/std/error";
import { giveBack } from "@teu/std/slabs";

/** How to give a part of a file. */
interface PartOptions {
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset behind the last one. */
  readonly end: number;
  /** Is told up to which offset all has been sent. */
  readonly onSent?: ((offset: number) => void) | undefined;
}

// Of those before nobody sends any part any more, whatever the exchange.
const CHUNKS_UNDER_WAY = 4;

/** The bytes of a file from `start` to before `end`. */
export class FilePart implements AsyncIterable<Uint8Array> {
  readonly fd: number;
  readonly start: number;
  readonly end: number;
  readonly onSent: ((offset: number) => void) | undefined;
  readonly #file: ContentFile;

  constructor(file: ContentFile, { start, end, onSent }: PartOptions) {
    this.#file = file;
    this.fd = file.fd;
    this.start = start;
    this.end = end;
    this.onSent = onSent;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#read()[Symbol.asyncIterator]();
  }

  async *#read(): ByteStream & AsyncGenerator<Uint8Array> {
    let at = this.start;
    const behind: Uint8Array[] = [];
    for await (const chunk of this.#file.read({ start: this.start, end: this.end })) {
      yield chunk;
      if (behind.push(chunk) > CHUNKS_UNDER_WAY) giveBack(behind.shift() ?? chunk);
      at += chunk.length;
      this.onSent?.(at);
    }
    if (at < this.end) throw shortened(at, this.end);
  }
}

function shortened(at: number, end: number): TeuError<ContentErrorCode> {
  return new TeuError("ERR_BLOB_SIZE", `The file ends at byte ${at}, expected ${end}: it has changed meanwhile`);
}
