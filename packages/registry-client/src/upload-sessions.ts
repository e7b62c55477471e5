/**
 * Where unfinished uploads are remembered, so that a later try goes on where an earlier one stopped. This one forgets with
 * the process; `upload-session-files.ts` does not.
 * @module
 */

/** Remembers the address of each unfinished upload. */
export interface UploadSessions {
  /** Tells whether an upload is remembered, without taking hold of it. Optional: it only saves that. */
  knows?(key: string): Promise<boolean>;

  /**
   * Takes hold of the memory of one upload, so that two do not write to the same one; nothing if someone else has it.
   * @param key Names registry, repository and content.
   */
  hold(key: string): Promise<HeldSession | undefined>;
}

/** The memory of one upload, held until it is disposed of. */
export interface HeldSession extends AsyncDisposable {
  /** Where the upload goes on; nothing if there is none. It may hold what lets somebody in. */
  readonly location: string | undefined;
  save(location: string): Promise<void>;
  forget(): Promise<void>;
}

/** Remembers uploads for as long as it is there itself. */
export class MemorySessions implements UploadSessions {
  readonly #locations = new Map<string, string>();
  readonly #held = new Set<string>();

  async knows(key: string): Promise<boolean> {
    return this.#locations.has(key);
  }

  async hold(key: string): Promise<HeldSession | undefined> {
    if (this.#held.has(key)) return undefined;
    this.#held.add(key);
    const locations = this.#locations;
    const held = this.#held;
    return {
      get location() {
        return locations.get(key);
      },
      save: async (location) => void locations.set(key, location),
      forget: async () => void locations.delete(key),
      [Symbol.asyncDispose]: async () => void held.delete(key),
    };
  }
}
