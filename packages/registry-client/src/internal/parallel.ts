/**
 * A stretch of bytes read in several parts at once, and given out in order.
 * @module
 */

/** What to read, and how. Offsets are in bytes; `end` is behind the last one. */
export interface ParallelReading {
  readonly start: number;
  readonly end: number;
  readonly partBytes: number;
  /** How many parts are on their way, or wait in memory, at a time. */
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
  readonly read: (start: number, end: number, signal: AbortSignal) => AsyncIterable<Uint8Array>;
}

/** Reads the parts. When one fails, or the reader leaves, the others are ended. */
export async function* inParallel(reading: ParallelReading): AsyncGenerator<Uint8Array, void, undefined> {
  const { start, end, partBytes, parallel } = reading;
  const controller = new AbortController();
  const signal =
    reading.signal === undefined ? controller.signal : AbortSignal.any([reading.signal, controller.signal]);
  const parts: Promise<Uint8Array[]>[] = [];
  let next = start;
  const begin = (): void => {
    if (next >= end) return;
    const part = Array.fromAsync(reading.read(next, Math.min(next + partBytes, end), signal));
    // Its failure is told when its turn comes.
    part.catch(() => {});
    parts.push(part);
    next += partBytes;
  };
  try {
    for (let count = 0; count < parallel; count += 1) begin();
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const chunks = await part;
      begin();
      yield* chunks;
    }
  } finally {
    controller.abort();
    await Promise.allSettled(parts);
  }
}
