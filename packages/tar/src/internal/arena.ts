/**
 * Memory for the small things that outlive the chunk they came in: headers, names, records.
 * @module
 */

const SLAB_BYTES = 32 * 1024;

/** Hands out places in slabs of 32 KiB, one behind the other. A slab lives as long as anything in it is in use. */
export class Arena {
  /** The slab with the place that was reserved last. */
  slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #next = 0;

  /** Finds a place for `bytes` in {@link slab}; a long one gets a slab of its own. @returns Where it starts. */
  reserve(bytes: number): number {
    if (this.#next + bytes > this.slab.length) {
      this.slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
      this.#next = 0;
    }
    const at = this.#next;
    this.#next += bytes;
    return at;
  }
}
