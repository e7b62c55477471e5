/**
 * One piece of work for all who want its result at the same time.
 * @module
 */
import { withSignal } from "./abort.ts";

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Shares work by key: who asks for a key while its work is under way gets the same result or failure. Nothing is kept
 * once the work has ended.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * Gives the result of the work under `key`, which is begun unless it is under way.
   * @param work Gets a signal of its own, which is aborted when the last caller has left.
   * @param signal Lets this caller leave, with the reason as rejection; the others are not disturbed.
   */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#begin(key, work);
    flight.waiting += 1;
    try {
      return await withSignal(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0 && this.#forget(key, flight)) flight.controller.abort(signal?.reason);
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { result: startWork(work, controller.signal), controller, waiting: 0 };
    this.#flights.set(key, flight);
    const forget = (): boolean => this.#forget(key, flight);
    flight.result.then(forget, forget);
    return flight;
  }

  /** Tells whether the work was under way. Whoever comes from now on begins anew. */
  #forget(key: string, flight: Flight<T>): boolean {
    return this.#flights.get(key) === flight && this.#flights.delete(key);
  }
}

// Asynchronous, so that work that throws at once fails like any other.
async function startWork<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return await work(signal);
}
