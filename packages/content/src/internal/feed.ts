/**
 * What a compressor or decompressor of Node is given to work on.
 * @module
 */
import type { Transform } from "node:stream";
import { giveBack } from "@teu/std/slabs";
import type { ByteSource } from "@teu/std/streams";

/**
 * Writes `source` to `coder`, chunk by chunk as it takes them, and gives back their memory. A source that fails destroys
 * it with its error. The source is closed when this ends, which it does soon after `coder` is closed.
 *
 * The end is told only when everything before it is through: Node's encoder of zstd adds an empty frame if it learns of the
 * end together with the last chunk, and whether it does would be a matter of chance.
 * @returns The error of the source, if it failed
 */
export async function feed(coder: Transform, source: ByteSource): Promise<Failure | undefined> {
  // A write whose output nobody fetches any more is never answered by a coder that is destroyed.
  let giveUp: () => void = () => {};
  let isClosed = false;
  coder.once("close", () => {
    isClosed = true;
    giveUp();
  });
  const write = (chunk: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      giveUp = resolve;
      coder.write(chunk, () => resolve());
    });
  try {
    for await (const chunk of source) {
      if (coder.destroyed) return undefined;
      await write(chunk);
      if (isClosed || coder.destroyed) return undefined;
      giveBack(chunk);
    }
    coder.end();
    return undefined;
  } catch (error) {
    coder.destroy(error as Error);
    return { error };
  }
}

/** How a source failed. */
export interface Failure {
  readonly error: unknown;
}
