/**
 * Cuts a zstd stream behind each of its frames. Node's decoder takes several frames only if none of what it is given at
 * once goes on behind the end of a frame: the rest of it would be lost without a word. Frames that decoders are to pass
 * over are left out.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8878.html#section-3.1}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "../errors.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const RLE_BLOCK = 1;

/** What comes next in the stream. */
type State = "magic" | "descriptor" | "skip-size" | "block" | "content" | "skip";

/** Gives the bytes of `source` in pieces of which none reaches over the end of a frame. */
export async function* cutZstdFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const cutter = new Cutter();
  for await (const chunk of source) yield* cutter.push(chunk);
  yield* cutter.end();
}

class Cutter {
  /** The first bytes of a header whose others have not come. */
  #held: Uint8Array = new Uint8Array(0);
  #state: State = "magic";
  /** Bytes of the state `content` or `skip` that are still to come. */
  #left = 0;
  #isLastBlock = false;
  #hasChecksum = false;

  *push(chunk: Uint8Array): Generator<Uint8Array> {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let start = 0;
    let at = 0;
    for (;;) {
      const before = this.#state;
      const length = this.#step(bytes.subarray(at));
      if (length === undefined) break;
      at += length;
      if (before === "skip" || before === "skip-size" || this.#state === "skip-size") start = at;
      else if (this.#state === "magic") {
        yield bytes.subarray(start, at);
        start = at;
      }
    }
    if (at > start) yield bytes.subarray(start, at);
    this.#held = bytes.subarray(at);
  }

  /** What is left at the end. In the middle of a frame the decoder says that it ends early. @throws TeuError */
  *end(): Generator<Uint8Array> {
    const isBetween = this.#state === "magic" || this.#state === "skip-size" || this.#state === "skip";
    if (isBetween && (this.#state !== "magic" || this.#held.length > 0)) throw notZstd();
    if (this.#held.length > 0) yield this.#held;
  }

  /** Takes the next part of the stream. @returns Its length; nothing if it has not come whole */
  #step(bytes: Uint8Array): number | undefined {
    switch (this.#state) {
      case "magic":
        return this.#magic(bytes);
      case "descriptor":
        return this.#descriptor(bytes);
      case "skip-size":
        return this.#skipSize(bytes);
      case "block":
        return this.#block(bytes);
      default:
        return this.#content(bytes);
    }
  }

  #magic(bytes: Uint8Array): number | undefined {
    const magic = readNumber(bytes, 4);
    if (magic === undefined) return undefined;
    const isSkippable = (magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC;
    if (!isSkippable && magic !== FRAME_MAGIC) throw notZstd();
    this.#state = isSkippable ? "skip-size" : "descriptor";
    return 4;
  }

  #skipSize(bytes: Uint8Array): number | undefined {
    const size = readNumber(bytes, 4);
    if (size === undefined) return undefined;
    this.#left = size;
    this.#state = size === 0 ? "magic" : "skip";
    return 4;
  }

  #descriptor(bytes: Uint8Array): number | undefined {
    const descriptor = bytes[0];
    if (descriptor === undefined) return undefined;
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const sizeFlag = descriptor >> 6;
    const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
    const length = 1 + (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
    if (bytes.length < length) return undefined;
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#state = "block";
    return length;
  }

  #block(bytes: Uint8Array): number | undefined {
    const header = readNumber(bytes, BLOCK_HEADER_BYTES);
    if (header === undefined) return undefined;
    this.#isLastBlock = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    this.#left = type === RLE_BLOCK ? 1 : header >> 3;
    if (this.#isLastBlock && this.#hasChecksum) this.#left += CHECKSUM_BYTES;
    this.#state = this.#left === 0 ? this.#behindBlock() : "content";
    return BLOCK_HEADER_BYTES;
  }

  #content(bytes: Uint8Array): number | undefined {
    if (bytes.length === 0) return undefined;
    const length = Math.min(bytes.length, this.#left);
    this.#left -= length;
    if (this.#left === 0) this.#state = this.#state === "skip" ? "magic" : this.#behindBlock();
    return length;
  }

  #behindBlock(): State {
    return this.#isLastBlock ? "magic" : "block";
  }
}

/** A number of so many bytes, the lowest first; nothing if they have not come. */
function readNumber(bytes: Uint8Array, length: number): number | undefined {
  if (bytes.length < length) return undefined;
  let value = 0;
  for (let at = length - 1; at >= 0; at -= 1) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

function notZstd(): TeuError<ContentErrorCode> {
  return new TeuError("ERR_COMPRESSION_INVALID", "Decompressing zstd: no frame begins here, expected one");
}
