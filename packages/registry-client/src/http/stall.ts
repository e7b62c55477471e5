/**
 * A limit on silence: bodies whose next chunk does not come in time.
 * @module
 */

/**
 * Passes the chunks of `source` on. Where the next one takes longer than `limitMs`, `onStall` is called, which has to make
 * the source fail. Time that the reader takes does not count.
 */
export async function* watchStalls(
  source: AsyncIterable<Uint8Array>,
  limitMs: number,
  onStall: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const timer = setTimeout(onStall, limitMs);
      const next = await iterator.next().finally(() => clearTimeout(timer));
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    if (!ended) await iterator.return?.();
  }
}
