/**
 * A store whose large contents show a bar while they are read, for work that reads layers and writes no images.
 * @module
 */
import type { BlobReader, ByteStream, CallOptions, ReadOptions } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Host } from "../host.ts";
import { type Progress, showProgress } from "./progress.ts";

/** What is read sooner than a bar is drawn needs none. */
const LEAST_BYTES = 1_000_000;

/** A store that is watched until it is disposed of. */
export interface WatchedStore extends Disposable {
  readonly store: BlobReader;
}

/** Watches the reads of `store` where there is a terminal to show them on. */
export function watchReads(store: BlobReader, host: Host, options: { readonly quiet: boolean }): WatchedStore {
  if (host.terminal === undefined || options.quiet) return { store, [Symbol.dispose]: () => {} };
  const progress = showProgress(host, { quiet: false, transient: true });
  return { store: new ReadWatcher(store, progress), [Symbol.dispose]: () => progress[Symbol.dispose]() };
}

class ReadWatcher implements BlobReader {
  readonly #store: BlobReader;
  readonly #progress: Progress;

  constructor(store: BlobReader, progress: Progress) {
    this.#store = store;
    this.#progress = progress;
  }

  openUnverified(descriptor: Descriptor, options?: ReadOptions): ByteStream {
    const bytes = this.#store.openUnverified(descriptor, options);
    return descriptor.size < LEAST_BYTES ? bytes : this.#watch(descriptor, bytes);
  }

  has(descriptor: Descriptor, options?: CallOptions): Promise<boolean> {
    return this.#store.has(descriptor, options);
  }

  async *#watch(descriptor: Descriptor, source: ByteStream): AsyncGenerator<Uint8Array, void, undefined> {
    const { onEvent } = this.#progress;
    onEvent?.({ type: "found", descriptor });
    onEvent?.({ type: "started", descriptor, start: 0 });
    let bytes = 0;
    try {
      for await (const chunk of source) {
        yield chunk;
        bytes += chunk.length;
        onEvent?.({ type: "progress", descriptor, bytes });
      }
    } finally {
      onEvent?.({ type: "finished", descriptor, outcome: "copied" });
    }
  }
}
