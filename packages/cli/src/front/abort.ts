/** `AbortController` and `AbortSignal`. @module */
import { Timer } from "./loop.ts";

type Listener = ((event: { readonly type: string }) => void) | { handleEvent(event: { readonly type: string }): void };

const controllers = new WeakMap<FrontSignal, (reason: unknown) => void>();

/** A signal. */
export class FrontSignal {
  #reason: unknown;
  #isAborted = false;
  readonly #listeners = new Map<Listener, boolean>();
  onabort: (() => void) | null = null;

  constructor() {
    controllers.set(this, (reason) => this.#abort(reason));
  }

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  addEventListener(name: string, listener: Listener, options?: { readonly once?: boolean }): void {
    if (name === "abort") this.#listeners.set(listener, options?.once === true);
  }

  removeEventListener(name: string, listener: Listener): void {
    if (name === "abort") this.#listeners.delete(listener);
  }

  #abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason ?? new DOMException("This operation was aborted", "AbortError");
    this.onabort?.();
    for (const [listener, once] of this.#listeners) {
      if (once) this.#listeners.delete(listener);
      const event = { type: "abort" };
      if (typeof listener === "function") listener(event);
      else listener.handleEvent(event);
    }
  }

  static abort(reason?: unknown): FrontSignal {
    const controller = new FrontController();
    controller.abort(reason);
    return controller.signal;
  }

  static timeout(delayMs: number): FrontSignal {
    const controller = new FrontController();
    const late = (): void =>
      controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    new Timer(late, delayMs, false).unref();
    return controller.signal;
  }

  static any(signals: Iterable<FrontSignal>): FrontSignal {
    const controller = new FrontController();
    for (const signal of signals) {
      if (signal.aborted) controller.abort(signal.reason);
      else signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
    }
    return controller.signal;
  }
}

/** What aborts a signal. */
export class FrontController {
  readonly signal: FrontSignal = new FrontSignal();

  abort(reason?: unknown): void {
    controllers.get(this.signal)?.(reason);
  }
}
