/**
 * One at a time for each key, among all nodes that share the data.
 * @module
 */
import type { HeldLock, SharedLocks } from "../metadata/metadata.ts";
import { KeyedLock } from "@teu/std/keyed-lock";

/** Tells whether a lock is still held. */
export type Held = Pick<HeldLock, "held">;

const HERE: Held = { held: true };

/** Locks of one kind of thing. */
export class NodeLock {
  readonly #kind: string;
  readonly #here = new KeyedLock();
  readonly #shared: SharedLocks | undefined;

  /** @param shared Missing where there is one node only. */
  constructor(kind: string, shared: SharedLocks | undefined) {
    this.#kind = kind;
    this.#shared = shared;
  }

  /** Runs `work` once no one else works under `key`. */
  async run<T>(key: string, work: (lock: Held) => Promise<T>): Promise<T> {
    return this.#here.run(key, async () => {
      const lock = await this.#shared?.acquire(`${this.#kind} ${key}`, true);
      try {
        return await work(lock ?? HERE);
      } finally {
        await lock?.release();
      }
    });
  }

  /** Takes the lock if no other node has it; nothing if one has. This node asks for a key once at a time. */
  async take(key: string): Promise<(Held & AsyncDisposable) | undefined> {
    if (this.#shared === undefined) return { held: true, [Symbol.asyncDispose]: async () => {} };
    const lock = await this.#shared.acquire(`${this.#kind} ${key}`, false);
    if (lock === undefined) return undefined;
    return {
      get held() {
        return lock.held;
      },
      [Symbol.asyncDispose]: () => lock.release(),
    };
  }
}
