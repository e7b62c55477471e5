/**
 * Trying again: exponential back-off with full jitter, within limits of attempts and of time.
 * @module
 */
import { sleep } from "./abort.ts";

/** When to try again, and how long to wait. Times are in milliseconds. */
export interface RetryOptions {
  /**
   * Judges a failure: `false` is final, `true` is worth another attempt, a number of milliseconds is that too, but no
   * sooner than the other side has asked for.
   */
  readonly retryable: (error: unknown) => boolean | number;
  /** Attempts in all. Default: 5. */
  readonly maxAttempts?: number;
  /** An attempt that would begin later than this after the first is not made. Default: 60,000. */
  readonly maxTotalMs?: number;
  /** Longest wait after the first failure; it doubles with each. Default: 250. */
  readonly firstDelayMs?: number;
  /** Longest wait that is not asked for by the other side. Default: 10,000. */
  readonly maxDelayMs?: number;
  /** Ends the waiting; the attempts have to watch it themselves. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait. */
  readonly onRetry?: (event: RetryEvent) => void;
  /** From 0 up to, not including, 1. Default: `Math.random`. */
  readonly random?: () => number;
  /** A clock that is not set back. Default: `performance.now`. */
  readonly nowMs?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** A failure that is about to be followed by another attempt. */
export interface RetryEvent {
  readonly error: unknown;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
}

const DEFAULTS = {
  maxAttempts: 5,
  maxTotalMs: 60_000,
  firstDelayMs: 250,
  maxDelayMs: 10_000,
  random: Math.random,
  nowMs: (): number => performance.now(),
  sleep,
};

/**
 * Gives the result of the first attempt that succeeds. Rejects with the failure of the last attempt, or the reason of
 * the signal.
 * @param work Gets the number of the attempt, from 1.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const settings = { ...DEFAULTS, ...options };
  const startMs = settings.nowMs();
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      options.signal?.throwIfAborted();
      const verdict = settings.retryable(error);
      if (verdict === false || attempt >= settings.maxAttempts) throw error;
      const delayMs = jitteredDelayMs(attempt, settings) + (verdict === true ? 0 : verdict);
      if (settings.nowMs() - startMs + delayMs > settings.maxTotalMs) throw error;
      settings.onRetry?.({ error, attempt, delayMs });
      await settings.sleep(delayMs, options.signal);
    }
  }
}

// Full jitter: clients that failed together do not come back together.
function jitteredDelayMs(attempt: number, settings: typeof DEFAULTS): number {
  return settings.random() * Math.min(settings.maxDelayMs, settings.firstDelayMs * 2 ** (attempt - 1));
}
