/**
 * Gzip by all processors: the bytes are cut into blocks of one size, each compressed by itself with the end of the block
 * before it as its dictionary, and put in a row as one member. The result does not depend on how many processors there are.
 * @see {@link https://www.rfc-editor.org/rfc/rfc1952}
 * @module
 */
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";
import { adoptSlab, endSlab, giveBack, takeSlab } from "@teu/std/slabs";
import type { ByteSource } from "@teu/std/streams";

const compressBlock = promisify(deflateRaw) as (
  bytes: Uint8Array,
  options: Readonly<Record<string, unknown>>,
) => Promise<Uint8Array>;

// Long enough for the loss at its ends not to show.
const BLOCK_BYTES = 1024 * 1024;
// A compressed block always fits: it comes in one piece, whose memory goes when it is given back.
const OUTPUT_BYTES = BLOCK_BYTES + 16 * 1024;
// Smaller pieces may share their memory.
const MIN_FREED_BYTES = 64 * 1024;
const WINDOW_BYTES = 32 * 1024;
// As many as Node has threads for it: two more than there are processors, so that none waits while blocks are fetched.
const MAX_AT_ONCE = 4;

const NO_BYTES = new Uint8Array(0);

/** Compresses `source`. Chunks of it are given back. */
export async function* gzipBlocks(source: ByteSource, level: number): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = new BlockWriter(level);
  const underWay: Promise<Uint8Array>[] = [];
  const most = Math.min(MAX_AT_ONCE, availableParallelism() + 2);
  try {
    for await (const block of blocksOf(source)) {
      if (writer.isNew) yield header(level);
      const before = writer.push(block);
      if (before === undefined) continue;
      // A failure is met below, in its turn.
      before.catch(() => {});
      underWay.push(before);
      if (underWay.length >= most) yield (await underWay.shift()) ?? NO_BYTES;
    }
    if (writer.isNew) yield header(level);
    underWay.push(writer.end());
    for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) yield await next;
    yield writer.trailer();
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** Copies `source` into blocks. */
async function* blocksOf(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  let block = takeSlab(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + BLOCK_BYTES - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < BLOCK_BYTES) continue;
      endSlab(block, filled);
      yield block;
      block = takeSlab(BLOCK_BYTES);
      filled = 0;
    }
    giveBack(chunk);
  }
  endSlab(block, filled);
  if (filled > 0) yield block.subarray(0, filled);
}

class BlockWriter {
  readonly #level: number;
  /** The block that has been pushed last: whether it is the last of all is known with the next one. */
  #block: Uint8Array = NO_BYTES;
  /** Whether nothing has been pushed. */
  isNew = true;
  #dictionary: Uint8Array = NO_BYTES;
  #crc = 0;
  #bytes = 0;

  constructor(level: number) {
    this.#level = level;
  }

  /** Takes a block. @returns The one before, to be compressed */
  push(block: Uint8Array): Promise<Uint8Array> | undefined {
    this.#crc = crc32(block, this.#crc);
    this.#bytes += block.length;
    const before = this.isNew ? undefined : this.#compress(constants.Z_SYNC_FLUSH);
    this.isNew = false;
    this.#block = block;
    return before;
  }

  /** The last block, which may be empty. */
  end(): Promise<Uint8Array> {
    return this.#compress(constants.Z_FINISH);
  }

  /** What stands at the end of a member. */
  trailer(): Uint8Array {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(this.#crc);
    bytes.writeUInt32LE(this.#bytes % 2 ** 32, 4);
    return bytes;
  }

  async #compress(finishFlush: number): Promise<Uint8Array> {
    const block = this.#block;
    const dictionary = this.#dictionary;
    this.#dictionary = block.slice(-WINDOW_BYTES);
    const options = { level: this.#level, finishFlush, chunkSize: OUTPUT_BYTES };
    const bytes = await compressBlock(block, dictionary.length === 0 ? options : { ...options, dictionary });
    giveBack(block);
    if (bytes.length > MIN_FREED_BYTES) {
      adoptSlab(bytes);
      endSlab(bytes, bytes.length);
    }
    return bytes;
  }
}

// The time is left out, and the system unknown.
function header(level: number): Uint8Array {
  return Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, effort(level), 255);
}

function effort(level: number): number {
  return level === 9 ? 2 : level === 1 ? 4 : 0;
}
