/**
 * Bytes that arrive, gathered into pieces of memory that are used again: what a network gives is small and fresh each time,
 * and the garbage collector learns late how much of it there is.
 * @module
 */
import type { ByteStream } from "@teu/content/store";
import { endSlab, giveBack, takeSlab } from "@teu/std/slabs";

/** Largest piece in bytes. */
export const PIECE_BYTES = 1_048_576;
/** What is smaller is not worth a piece of its own. */
const SMALL_BYTES = 65_536;

/** Gathers a stream into pieces, to be given back. What arrived before a failure comes before it. */
export async function* gather(body: ByteStream): ByteStream {
  let [slab, filled] = [takeSlab(PIECE_BYTES), 0];
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of body) {
      for (let taken = 0; taken < chunk.length;) {
        const count = Math.min(chunk.length - taken, slab.length - filled);
        slab.set(chunk.subarray(taken, taken + count), filled);
        [taken, filled] = [taken + count, filled + count];
        if (filled < slab.length) continue;
        endSlab(slab, filled);
        yield slab;
        [slab, filled] = [takeSlab(PIECE_BYTES), 0];
      }
      giveBack(chunk);
    }
  } catch (error) {
    failure = { error };
  }
  endSlab(slab, filled);
  if (filled > 0) yield slab.subarray(0, filled);
  if (failure !== undefined) throw failure.error;
}

/**
 * Collects a stream that is to have `length` bytes, at most {@link PIECE_BYTES}.
 * @returns all of it, to be given back; or how many bytes came, which is more than `length` as soon as it is too many.
 */
export async function gatherWhole(body: ByteStream, length: number): Promise<Uint8Array | number> {
  const slab = length > SMALL_BYTES ? takeSlab(PIECE_BYTES) : Buffer.allocUnsafeSlow(length);
  let filled = 0;
  for await (const chunk of body) {
    if (filled + chunk.length > length) return filled + chunk.length;
    slab.set(chunk, filled);
    filled += chunk.length;
    giveBack(chunk);
  }
  if (filled !== length) return filled;
  endSlab(slab, filled);
  return slab.subarray(0, filled);
}
