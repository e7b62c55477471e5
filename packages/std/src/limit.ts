/**
 * Bounded concurrency: a semaphore, and work on the items of a list with so many at a time.
 * @module
 */
import { withSignal } from "./abort.ts";

/** So many permits, handed out in the order they were asked for. */
export class Semaphore {
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** @throws RangeError if `permits` is not a whole number above zero. */
  constructor(permits: number) {
    if (!Number.isSafeInteger(permits) || permits < 1) {
      throw new RangeError(`permits: ${permits}, expected a whole number above zero`);
    }
    this.#free = permits;
  }

  /** Waits for a permit, to be disposed of when the work is done. Rejects with the reason of `signal`. */
  async acquire(signal?: AbortSignal): Promise<Permit> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    return new Permit(() => this.#release());
  }

  /** Runs `work` with a permit. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    using _permit = await this.acquire(signal);
    return await work();
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#waiting.delete(onTurn);
      turn.reject(signal?.reason);
    };
    const onTurn = (): void => {
      signal?.removeEventListener("abort", onAbort);
      turn.resolve();
    };
    this.#waiting.add(onTurn);
    signal?.addEventListener("abort", onAbort, { once: true });
    return turn.promise;
  }

  // The permit goes straight to whoever waits longest, so that nobody who comes later can take it.
  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/** The right to go on. Disposing of it twice does no harm. */
export class Permit implements Disposable {
  #release: (() => void) | undefined;

  constructor(release: () => void) {
    this.#release = release;
  }

  [Symbol.dispose](): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** How {@link mapLimit} works. */
export interface MapLimitOptions {
  /** How many items are worked on at a time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does `work` on every item of `source`, reads `source` at most one item ahead, and gives the results in order.
 *
 * At the first failure, of the work, the source or the outer signal, the signal given to `work` is aborted with it. All
 * work that has begun has ended, and the source is closed, before the promise rejects with that failure. Only a source
 * that does not answer is left as it is.
 */
export async function mapLimit<T, R>(
  source: Iterable<T> | AsyncIterable<T>,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  options: MapLimitOptions,
): Promise<R[]> {
  const slots = new Semaphore(options.concurrency);
  const controller = new AbortController();
  const signal =
    options.signal === undefined ? controller.signal : AbortSignal.any([options.signal, controller.signal]);
  const results: R[] = [];

  const runOne = async (item: T, index: number, permit: Permit): Promise<void> => {
    using _permit = permit;
    try {
      results[index] = await work(item, signal);
    } catch (error) {
      controller.abort(error);
    }
  };
  try {
    let index = 0;
    for await (const item of untilAborted(source, signal)) void runOne(item, index++, await slots.acquire(signal));
  } catch (error) {
    controller.abort(error);
  }
  // Once all permits are back, all work has ended.
  for (let slot = 0; slot < options.concurrency; slot += 1) await slots.acquire();
  signal.throwIfAborted();
  return results;
}

/** The items of `source` until `signal` is aborted, even while an item is awaited. */
async function* untilAborted<T>(source: Iterable<T> | AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let asked = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      asked = true;
      const next = await withSignal(Promise.resolve(iterator.next()), signal);
      asked = false;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    const closing = Promise.resolve(iterator.return?.());
    // A generator that hangs in next() closes only after it, which may be never.
    if (asked) closing.catch(() => {});
    else await closing;
  }
}
