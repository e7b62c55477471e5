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

// Few at a time: lists are quicker than sets.
const watches: Watch[] = [];
const timers: Timer[] = [];

/** Begins to wait for a descriptor. */
export function watch(one: Watch): void {
  if (!watches.includes(one)) watches.push(one);
}

/** Waits for it no longer. */
export function unwatch(one: Watch): void {
  remove(watches, one);
}

function remove<T>(list: T[], one: T): void {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
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
    timers.push(this);
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  run(): void {
    if (this.#repeats) this.#dueMs = monotonicMs() + this.#delayMs;
    else remove<Timer>(timers, this);
    this.#action();
  }

  refresh(): this {
    this.#dueMs = monotonicMs() + this.#delayMs;
    if (!timers.includes(this)) timers.push(this);
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
    remove<Timer>(timers, this);
  }
}

/** Goes on with what is due, or waits for it. False when there is nothing to wait for. */
export function turn(): boolean {
  const next = earliest();
  if (next !== undefined && next.dueMs <= monotonicMs()) {
    // What it leads to comes before the next.
    next.run();
    return true;
  }
  if (!isHeld(timers) && !isHeld(watches)) return false;
  poll(next);
  return true;
}

function earliest(): Timer | undefined {
  let first = timers[0];
  for (let at = 1; at < timers.length; at += 1) {
    const timer = timers[at];
    if (first !== undefined && timer !== undefined && timer.dueMs < first.dueMs) first = timer;
  }
  return first;
}

function isHeld(all: readonly { readonly isHeld: boolean }[]): boolean {
  for (let at = 0; at < all.length; at += 1) if (all[at]?.isHeld === true) return true;
  return false;
}

/** Who is waited for, and the `struct pollfd` of each: 8 bytes. */
const waiting: Watch[] = [];
let set = new DataView(new ArrayBuffer(8 * 64));

function poll(next: Timer | undefined): void {
  waiting.length = 0;
  for (let index = 0; index < watches.length; index += 1) {
    const one = watches[index];
    const wanted = one?.wanted() ?? 0;
    if (one === undefined || wanted === 0) continue;
    const at = waiting.length * 8;
    if (at === set.byteLength) set = new DataView(set.buffer.transfer(2 * at));
    set.setInt32(at, one.fd, true);
    set.setInt32(at + 4, wanted, true);
    waiting.push(one);
  }
  const timeoutMs = next === undefined ? -1 : Math.max(0, Math.ceil(next.dueMs - monotonicMs()));
  const ready = sys_poll(new Uint8Array(set.buffer, 0, waiting.length * 8), timeoutMs);
  if (ready < 0 && ready !== EINTR) throw new Error(`Waiting for descriptors: errno ${-ready}`);
  if (ready > 0) tell();
}

function tell(): void {
  for (let index = 0; index < waiting.length; index += 1) {
    const one = waiting[index];
    const events = set.getInt16(index * 8 + 6, true);
    // Who came before may have ended it.
    if (one === undefined || events === 0 || !watches.includes(one)) continue;
    one.onReady((events & BROKEN) === 0 ? events : events | set.getInt16(index * 8 + 4, true));
  }
}
