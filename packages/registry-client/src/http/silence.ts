/**
 * A limit on silence that costs next to nothing while there is none: one timer serves all waits of a connection, and only
 * when it goes off looks how long the present one has taken.
 * @module
 */

/** Watches over waits, one at a time. */
export class SilenceWatch {
  #timer: NodeJS.Timeout | undefined;
  #firesAtMs = 0;
  #sinceMs = 0;
  #limitMs = 0;
  #onSilence: (() => void) | undefined;

  /** A wait begins. `onSilence` is called if it has not ended `limitMs` later. */
  begin(limitMs: number, onSilence: () => void): void {
    this.#sinceMs = performance.now();
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    if (this.#timer === undefined || this.#firesAtMs > this.#sinceMs + limitMs) this.#arm(limitMs);
  }

  /** The wait has ended. */
  end(): void {
    this.#onSilence = undefined;
  }

  /** There will be no further waits. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#firesAtMs = performance.now() + delayMs;
    this.#timer = setTimeout(() => this.#look(), delayMs);
    // Who waits does so for a socket, which keeps the process alive itself.
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#onSilence === undefined) return;
    const leftMs = this.#sinceMs + this.#limitMs - performance.now();
    if (leftMs >= 1) return this.#arm(leftMs);
    this.#onSilence();
  }
}
