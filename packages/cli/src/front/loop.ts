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
  wanted: number;
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
const soon: (() => void)[] = [];
let hasPolledForSoon = false;

/** Begins to wait for a descriptor. */
export function watch(one: Watch): void {
  if (!watches.includes(one)) watches.push(one);
}

/** Waits for it no longer. */
export function unwatch(one: Watch): void {
  remove(watches, one);
}

/** Waits until there is something to read; the process stays alive for it. */
export async function readable(fd: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const one: Watch = {
      fd,
      isHeld: true,
      wanted: READABLE,
      onReady: () => {
        unwatch(one);
        resolve();
      },
    };
    watch(one);
  });
}

function remove<T>(list: T[], one: T): void {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
}

/** A timer as Node's functions answer with it. */
export class Timer implements Disposable {
  dueMs: number;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  readonly #action: () => void;
  isHeld = true;

  constructor(action: () => void, delayMs: number, repeats: boolean) {
    this.#action = action;
    this.#delayMs = delayMs >= 1 && delayMs < 2 ** 31 ? Math.floor(delayMs) : 1;
    this.#repeats = repeats;
    this.dueMs = monotonicMs() + this.#delayMs;
    timers.push(this);
  }

  run(): void {
    if (this.#repeats) this.dueMs = monotonicMs() + this.#delayMs;
    else remove<Timer>(timers, this);
    this.#action();
  }

  refresh(): this {
    this.dueMs = monotonicMs() + this.#delayMs;
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

/** Does something once everybody has been told what is ready now. */
export function afterPoll(action: () => void): void {
  soon.push(action);
}

/** Goes on with what is due, or waits for it. False when there is nothing to wait for. */
export function turn(): boolean {
  if (soon.length > 0) {
    // What becomes of what is ready comes before, too.
    if (hasPolledForSoon) for (const action of soon.splice(0)) action();
    else poll(0);
    hasPolledForSoon = !hasPolledForSoon;
    return true;
  }
  const next = earliest();
  const leftMs = next === undefined ? -1 : next.dueMs - monotonicMs();
  if (next !== undefined && leftMs <= 0) {
    // What it leads to comes before the next.
    next.run();
    return true;
  }
  if (!isHeld(watches) && !isHeld(timers)) return false;
  poll(Math.ceil(leftMs));
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

/** Who is waited for, and the `struct pollfd` of each: a descriptor, and below and above what is waited for and has come. */
const waiting: Watch[] = [];
let set = new Int32Array(2 * 64);

function poll(timeoutMs: number): void {
  waiting.length = 0;
  for (let index = 0; index < watches.length; index += 1) {
    const one = watches[index];
    if (one === undefined || one.wanted === 0) continue;
    const at = waiting.length * 2;
    if (at === set.length) set = new Int32Array(set.buffer.transfer(2 * set.byteLength));
    set[at] = one.fd;
    set[at + 1] = one.wanted;
    waiting.push(one);
  }
  const ready = sys_poll(new Uint8Array(set.buffer, 0, waiting.length * 8), timeoutMs);
  if (ready < 0 && ready !== EINTR) throw new Error(`Waiting for descriptors: errno ${-ready}`);
  if (ready > 0) tell(ready);
}

function tell(ready: number): void {
  for (let index = 0, left = ready; left > 0 && index < waiting.length; index += 1) {
    const one = waiting[index];
    const told = set[index * 2 + 1] ?? 0;
    const events = told >> 16;
    if (one === undefined || events === 0) continue;
    left -= 1;
    // Who came before may have ended it.
    if (watches.includes(one)) one.onReady((events & BROKEN) === 0 ? events : events | (told & 0xffff));
  }
}
