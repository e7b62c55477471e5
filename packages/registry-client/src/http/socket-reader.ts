/**
 * Reads the first bytes of a conversation off a socket and leaves the rest to whoever comes next.
 * @module
 */
import type { Socket } from "node:net";

/** Reads so many bytes at a time, and leaves what follows in the socket. */
export class SocketReader {
  readonly #socket: Socket;
  #wake: () => void = () => {};
  #failure: Error | undefined;
  readonly #onReadable = (): void => this.#wake();
  readonly #onError = (error: Error): void => this.#fail(error);
  readonly #onEnd = (): void => this.#fail(new Error("it closed the connection"));

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("readable", this.#onReadable).on("error", this.#onError).on("end", this.#onEnd);
  }

  /** The next `length` bytes. Throws when the other side ends before. */
  async take(length: number): Promise<Uint8Array> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const bytes = this.#socket.read(length) as Uint8Array | null;
      if (bytes !== null) return bytes;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Lets go of the socket. */
  end(): void {
    this.#socket.off("readable", this.#onReadable).off("error", this.#onError).off("end", this.#onEnd);
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }
}
