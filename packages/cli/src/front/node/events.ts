/** What the stand-ins need of `node:events`. @module */

type Listener = (...input: never[]) => void;

/** Calls listeners by name. */
export class EventEmitter {
  readonly #listeners = new Map<string | symbol, { readonly listener: Listener; readonly once: boolean }[]>();

  on(name: string | symbol, listener: Listener): this {
    return this.#add(name, listener, false);
  }

  once(name: string | symbol, listener: Listener): this {
    return this.#add(name, listener, true);
  }

  #add(name: string | symbol, listener: Listener, once: boolean): this {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), { listener, once }]);
    return this;
  }

  off(name: string | symbol, listener: Listener): this {
    const rest = (this.#listeners.get(name) ?? []).filter((one) => one.listener !== listener);
    this.#listeners.set(name, rest);
    return this;
  }

  emit(name: string | symbol, ...input: readonly unknown[]): boolean {
    const found = this.#listeners.get(name) ?? [];
    for (const one of found) {
      if (one.once) this.off(name, one.listener);
      one.listener.call(this, ...(input as never[]));
    }
    return found.length > 0;
  }

  listenerCount(name: string | symbol): number {
    return this.#listeners.get(name)?.length ?? 0;
  }
}
