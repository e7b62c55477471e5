/**
 * Bytes by name, as many as fit; what was asked for longest ago goes first.
 * @module
 */

/** Largest bytes that are kept. */
const MAX_ENTRY_BYTES = 64 * 1024;
/** Most bytes that are kept together. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Keeps bytes that never change. */
export class ByteCache {
  readonly #entries = new Map<string, Uint8Array>();
  #bytes = 0;

  /** Tells whether so many bytes are kept. */
  takes(bytes: number): boolean {
    return bytes <= MAX_ENTRY_BYTES;
  }

  /** The bytes under a name, if they are kept. */
  get(name: string): Uint8Array | undefined {
    const bytes = this.#entries.get(name);
    if (bytes === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, bytes);
    return bytes;
  }

  /** Keeps bytes, in place of what was asked for longest ago. */
  set(name: string, bytes: Uint8Array): void {
    this.delete(name);
    this.#entries.set(name, bytes);
    this.#bytes += bytes.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= MAX_BYTES) return;
      this.delete(oldest);
    }
  }

  /** Forgets bytes. */
  delete(name: string): void {
    this.#bytes -= this.#entries.get(name)?.length ?? 0;
    this.#entries.delete(name);
  }
}
