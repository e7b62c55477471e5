/**
 * One at a time for each key.
 * @module
 */
import { Semaphore } from "./limit.ts";

interface Entry {
  readonly semaphore: Semaphore;
  users: number;
}

/** Runs work under keys; work under different keys does not wait. */
export class KeyedLock {
  readonly #entries = new Map<string, Entry>();

  /** Runs `work` once all work under `key` that came before has ended. Rejects with the reason of `signal` while it waits. */
  async run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const entry = this.#entries.get(key) ?? { semaphore: new Semaphore(1), users: 0 };
    this.#entries.set(key, entry);
    entry.users += 1;
    try {
      return await entry.semaphore.run(work, signal);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) this.#entries.delete(key);
    }
  }
}
