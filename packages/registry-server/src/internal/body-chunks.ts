/**
 * The body of a request, chunk by chunk as it came. The iterator of Node's streams joins what waits into fresh memory, and
 * leaves the chunks themselves to the garbage collector, which learns late how much of it there is.
 * @module
 */
import type { Readable } from "node:stream";
import type { ByteStream } from "@teu/content/store";
import { adoptSlab, endSlab } from "@teu/std/slabs";

/** How much may wait for a reader that is slow, in bytes. */
const MAX_WAITING_BYTES = 262_144;
/** Smaller chunks are left to the garbage collector. */
const MIN_FREED_BYTES = 4096;

/**
 * Reads a body. Chunks take up memory of their own, which whoever has copied them may free by giving them back. Whoever
 * stops halfway leaves the rest unread, and the connection open.
 */
export async function* bodyChunks(body: Readable): ByteStream {
  const waiting: Uint8Array[] = [];
  let [bytes, wake] = [0, (): void => {}];
  let end: { readonly error?: Error } | undefined;
  const take = (chunk: Uint8Array): void => {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_WAITING_BYTES) body.pause();
    wake();
  };
  const finish = (error?: Error): void => {
    end ??= error === undefined ? {} : { error };
    wake();
  };
  const onEnd = (): void => finish();
  const onClose = (): void => finish(new Error("Reading the body of a request: the connection ended before it"));
  if (body.readableEnded) return;
  if (body.destroyed) throw body.errored ?? new Error("Reading the body of a request: its connection has ended");
  body.on("data", take).once("end", onEnd).once("error", finish).once("close", onClose).resume();
  try {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk !== undefined) {
        bytes -= chunk.length;
        if (bytes === 0 && body.isPaused()) body.resume();
        yield freeable(chunk);
      } else if (end === undefined) {
        await new Promise<void>((resolve) => void (wake = resolve));
      } else if (end.error === undefined) {
        return;
      } else {
        throw end.error;
      }
    }
  } finally {
    body.off("data", take).off("end", onEnd).off("error", finish).off("close", onClose);
    if (end === undefined) body.pause();
  }
}

function freeable(chunk: Uint8Array): Uint8Array {
  if (chunk.length >= MIN_FREED_BYTES && chunk.length === chunk.buffer.byteLength) {
    adoptSlab(chunk);
    endSlab(chunk, chunk.length);
  }
  return chunk;
}
