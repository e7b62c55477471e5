/**
 * Work that is put off to the end of a turn of the event loop and done there together. A write to a socket wakes whoever
 * waits for it: one write behind the other wakes them together, which costs half of what it does one by one.
 * @module
 */

/** Gathers work. */
export class Burst {
  #waiting: (() => void)[] = [];

  /** Does `work` when the turn ends. It must not throw. */
  add(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(() => this.#run());
  }

  #run(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const work of waiting) work();
  }
}
