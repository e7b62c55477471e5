/**
 * Bytes that arrive at a socket, in large pieces. The kernel writes them straight into memory that then belongs to the
 * reader: no copy, and few pieces however small the packets are. What nobody has asked for yet is bounded.
 * @module
 */
import type { Socket } from "node:net";
import { endSlab, takeSlab } from "@teu/std/slabs";
import { SilenceWatch } from "./silence.ts";

/** How a wait ended. */
export type Waited = "bytes" | "end" | "silence";

const SLAB_BYTES = 512 * 1024;
// A smaller room would only lead to small reads.
const LEAST_ROOM_BYTES = 32 * 1024;
const MAX_WAITING_BYTES = 2 * SLAB_BYTES;

/** What a socket has received and its reader has not taken yet. */
export class Arrivals {
  /** What `net.connect` takes to read into our memory. */
  readonly onread: {
    readonly buffer: () => Uint8Array;
    readonly callback: (bytesRead: number, buffer: Uint8Array) => boolean;
  } = {
    buffer: () => this.#room(),
    callback: (bytesRead) => this.#arrived(bytesRead),
  };
  #slab = takeSlab(SLAB_BYTES);
  /** Of the slab, what has arrived and is not taken: from here up to `#filled`. */
  #taken = 0;
  #filled = 0;
  readonly #before: Uint8Array[] = [];
  #beforeBytes = 0;
  #socket: Socket | undefined;
  #ended = false;
  readonly #silence = new SilenceWatch();
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  /** Begins to look after a socket. One that cannot read into our memory gives us its own. */
  attach(socket: Socket, options: { readonly readsIntoSlabs: boolean }): void {
    this.#socket = socket;
    if (!options.readsIntoSlabs) socket.on("data", (bytes: Uint8Array) => this.#append(bytes));
    socket.on("error", (error) => this.fail(error));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
  }

  /** True while there is nothing to take and nothing has ended: an idle connection has to be so. */
  get isQuiet(): boolean {
    return !this.#ended && this.#failure === undefined && this.#waitingBytes === 0;
  }

  /** Everything that is at hand in one piece, up to `maxBytes`; nothing if nothing is. */
  take(maxBytes: number): Uint8Array | undefined {
    const piece = this.#before.length > 0 ? this.#takeBefore(maxBytes) : this.#takeSlab(maxBytes);
    if (this.#socket?.isPaused() === true && this.#waitingBytes < MAX_WAITING_BYTES) this.#socket.resume();
    return piece;
  }

  /** Puts back the end of what was taken last. */
  putBack(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#before.unshift(bytes);
    this.#beforeBytes += bytes.length;
  }

  /**
   * Waits until there is something to take, the other side has ended, or `limitMs` have passed. Throws what the connection
   * failed with.
   */
  async wait(limitMs: number): Promise<Waited> {
    try {
      for (let isSilent = false; ;) {
        if (this.#waitingBytes > 0) return "bytes";
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#ended) return "end";
        if (isSilent) return "silence";
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        this.#silence.begin(limitMs, () => {
          isSilent = true;
          this.#wake();
        });
        await promise;
      }
    } finally {
      this.#silence.end();
    }
  }

  /** Lets every wait, now and later, fail with `error`. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#silence.stop();
    this.#wake();
  }

  get #waitingBytes(): number {
    return this.#beforeBytes + this.#filled - this.#taken;
  }

  #end(): void {
    this.#ended = true;
    this.#silence.stop();
    this.#wake();
  }

  #arrived(bytes: number): boolean {
    this.#filled += bytes;
    if (this.#waitingBytes >= MAX_WAITING_BYTES) this.#socket?.pause();
    this.#wake();
    return true;
  }

  #room(): Uint8Array {
    if (SLAB_BYTES - this.#filled < LEAST_ROOM_BYTES) {
      if (this.#filled > this.#taken) this.#keep(this.#slab.subarray(this.#taken, this.#filled));
      endSlab(this.#slab, this.#filled);
      this.#slab = takeSlab(SLAB_BYTES);
      this.#taken = 0;
      this.#filled = 0;
    }
    return this.#slab.subarray(this.#filled);
  }

  #append(bytes: Uint8Array): void {
    this.#keep(bytes);
    if (this.#waitingBytes >= MAX_WAITING_BYTES) this.#socket?.pause();
    this.#wake();
  }

  #keep(bytes: Uint8Array): void {
    this.#before.push(bytes);
    this.#beforeBytes += bytes.length;
  }

  #takeBefore(maxBytes: number): Uint8Array | undefined {
    const [first] = this.#before;
    if (first === undefined) return undefined;
    const piece = first.subarray(0, maxBytes);
    if (piece.length === first.length) this.#before.shift();
    else this.#before[0] = first.subarray(piece.length);
    this.#beforeBytes -= piece.length;
    return piece;
  }

  #takeSlab(maxBytes: number): Uint8Array | undefined {
    const end = Math.min(this.#filled, this.#taken + maxBytes);
    if (end === this.#taken) return undefined;
    const piece = new Uint8Array(this.#slab.buffer, this.#taken, end - this.#taken);
    this.#taken = end;
    return piece;
  }
}
