/**
 * What happens next: timers, descriptors that are ready, and the end when nothing is left to wait for. The program below
 * calls {@link turn} whenever no promise has anything left to do.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";

/** Who waits for a descriptor. */
export interface Watch {
  readonly fd: number;
  /** Whether the process stays alive for it. */
  isHeld: boolean;
  /** What is waited for, of {@link READABLE} and {@link WRITABLE}; 0 for nothing. */
  readonly wanted: () => number;
  readonly onReady: (events: number) => void;
}

/** POLLIN. */
export const READABLE = 1;
/** POLLOUT. */
export const WRITABLE = 4;
const BROKEN = 8 | 16;
const EINTR = -4;

const watches = new Set<Watch>();
const timers = new Set<Timer>();

/** Begins to wait for a descriptor. */
export function watch(one: Watch): void {
  watches.add(one);
}

/** Waits for it no longer. */
export function unwatch(one: Watch): void {
  watches.delete(one);
}

/** A timer as Node's functions answer with it. */
export class Timer implements Disposable {
  #dueMs: number;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  readonly #action: () => void;
  isHeld = true;

  constructor(action: () => void, delayMs: number, repeats: boolean) {
    this.#action = action;
    this.#delayMs = delayMs >= 1 && delayMs < 2 ** 31 ? Math.floor(delayMs) : 1;
    this.#repeats = repeats;
    this.#dueMs = monotonicMs() + this.#delayMs;
    timers.add(this);
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  run(): void {
    if (this.#repeats) this.#dueMs = monotonicMs() + this.#delayMs;
    else timers.delete(this);
    this.#action();
  }

  refresh(): this {
    this.#dueMs = monotonicMs() + this.#delayMs;
    timers.add(this);
    return this;
  }

  ref(): this {
    this.isHeld = true;
    return this;
  }

  unref(): this {
    this.isHeld = false;
    return this;
  }

  hasRef(): boolean {
    return this.isHeld;
  }

  [Symbol.dispose](): void {
    timers.delete(this);
  }
}

/** Goes on with what is due, or waits for it. False when there is nothing to wait for. */
export function turn(): boolean {
  if (runTimers()) return true;
  const held = [...timers].some((timer) => timer.isHeld) || [...watches].some((one) => one.isHeld);
  if (!held) return false;
  poll();
  return true;
}

/** Runs one timer that is due; what it leads to comes before the next. */
function runTimers(): boolean {
  const next = earliest();
  if (next === undefined || next.dueMs > monotonicMs()) return false;
  next.run();
  return true;
}

function earliest(): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) if (first === undefined || timer.dueMs < first.dueMs) first = timer;
  return first;
}

function poll(): void {
  const waiting = [...watches].filter((one) => one.wanted() !== 0);
  const set = new Uint8Array(waiting.length * 8);
  const view = new DataView(set.buffer);
  waiting.forEach((one, index) => {
    view.setInt32(index * 8, one.fd, true);
    view.setInt16(index * 8 + 4, one.wanted(), true);
  });
  const next = earliest();
  const timeoutMs = next === undefined ? -1 : Math.max(0, Math.ceil(next.dueMs - monotonicMs()));
  const ready = sys_poll(set, timeoutMs);
  if (ready < 0 && ready !== EINTR) throw new Error(`Waiting for descriptors: errno ${-ready}`);
  if (ready <= 0) return;
  waiting.forEach((one, index) => {
    const events = view.getInt16(index * 8 + 6, true);
    // Who came before may have ended it.
    if (events !== 0 && watches.has(one)) one.onReady((events & BROKEN) === 0 ? events : events | one.wanted());
  });
}
