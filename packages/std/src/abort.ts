/**
 * Waiting that an AbortSignal ends. The rejection is the reason of the signal, whatever that is.
 * @module
 */

/**
 * Waits for `promise`, or until `signal` is aborted. The work behind the promise goes on; its late failure is not reported.
 * Leaves no listener behind.
 */
export function withSignal<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return Promise.resolve(promise);
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const settle =
      <V>(conclude: (value: V) => void) =>
      (value: V): void => {
        signal.removeEventListener("abort", onAbort);
        conclude(value);
      };
    promise.then(settle(resolve), settle(reject));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Waits for `ms` milliseconds. Keeps the process alive meanwhile. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
