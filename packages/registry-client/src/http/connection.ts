/**
 * One connection that speaks HTTP/1.1: requests go out, heads and bodies of answers come in. Of Node's own client it has
 * what registries need and costs a third of the time, most of which goes into moving bodies; ADR 9 has the figures.
 * @module
 */
import type { Socket } from "node:net";
import { type AnswerHead, MAX_HEAD_BYTES, parseHead } from "./answer-head.ts";
import type { Arrivals } from "./arrivals.ts";

/** A limit on silence, and what it is told as. */
export interface Patience {
  readonly limitMs: number;
  readonly error: () => unknown;
}

/** A socket that can send files, as that of `teu-front` does and Node's does not. It answers as `write` does. */
type FileSocket = Socket & { sendFile?(fd: number, start: number, end: number): boolean };

const MAX_INTERIM_ANSWERS = 16;
const MAX_CHUNK_LINE_BYTES = 4096;
const NEWLINE = 0x0a;

/** A connection. */
export class Connection {
  readonly socket: Socket;
  readonly arrivals: Arrivals;
  /** Whether anything of the answer to the latest request has come. */
  hasBegun = false;
  #onDrained: () => void = () => {};

  constructor(socket: Socket, arrivals: Arrivals) {
    this.socket = socket;
    this.arrivals = arrivals;
    socket.on("drain", () => this.#onDrained());
    socket.on("close", () => this.#onDrained());
  }

  /** Ends the connection; whoever waits for it is told `error`. */
  destroy(error?: unknown): void {
    if (error !== undefined) this.arrivals.fail(error);
    this.socket.destroy();
  }

  /** Sends bytes, and waits while the other side takes none. */
  async write(bytes: Uint8Array, patience: Patience): Promise<void> {
    if (!this.socket.destroyed && !this.socket.write(bytes)) await this.#drained(patience);
  }

  /** Whether {@link sendFile} can be used. */
  get sendsFiles(): boolean {
    return (this.socket as FileSocket).sendFile !== undefined;
  }

  /** Has the kernel send the bytes of a file from `start` to before `end`, and waits while the other side takes none. */
  async sendFile(
    fd: number,
    { start, end }: { readonly start: number; readonly end: number },
    patience: Patience,
  ): Promise<void> {
    if (!this.socket.destroyed && (this.socket as FileSocket).sendFile?.(fd, start, end) === false)
      await this.#drained(patience);
  }

  async #drained({ limitMs, error }: Patience): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onDrained = resolve;
    const timer = setTimeout(() => this.destroy(error()), limitMs);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads the head of the answer; those before that only say that there is more to come are passed over. */
  async readHead(patience: Patience): Promise<AnswerHead> {
    this.hasBegun = false;
    for (let count = 0; count < MAX_INTERIM_ANSWERS; count += 1) {
      const head = parseHead(await this.#headText(patience));
      if (head.status === 101) throw new Error("the answer leaves HTTP, expected it not to");
      if (head.status >= 200) return head;
    }
    throw new Error(`more than ${MAX_INTERIM_ANSWERS} answers to one request`);
  }

  async #headText(patience: Patience): Promise<string> {
    const lines: string[] = [];
    for (let left = MAX_HEAD_BYTES; ;) {
      const line = await this.#line(left, patience);
      left -= line.length;
      if (/^\r?\n$/.test(line)) return lines.join("").trimEnd();
      lines.push(line);
    }
  }

  /** Gives the bytes of a body of known length. */
  async *readBytes(length: number, patience: Patience): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0;) {
      const piece = await this.#some(left, patience);
      if (piece === undefined) throw broken(`${left} bytes before the end of the body`);
      left -= piece.length;
      yield piece;
    }
  }

  /** Gives the bytes of a body that ends with the connection. */
  async *readUntilEnd(patience: Patience): AsyncGenerator<Uint8Array, void, undefined> {
    for (let piece = await this.#some(Infinity, patience); piece !== undefined;) {
      yield piece;
      piece = await this.#some(Infinity, patience);
    }
  }

  /** Gives the bytes of a body that comes in chunks. */
  async *readChunks(patience: Patience): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const line = await this.#line(MAX_CHUNK_LINE_BYTES, patience);
      const [, digits] = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;[^\r\n]*)?\r?\n$/.exec(line) ?? [];
      if (digits === undefined)
        throw new Error(`a chunk begins with ${JSON.stringify(line.slice(0, 40))}, expected its length`);
      const length = Number.parseInt(digits, 16);
      if (length === 0) break;
      yield* this.readBytes(length, patience);
      if (!/^\r?\n$/.test(await this.#line(2, patience))) throw new Error("a chunk is longer than its length");
    }
    await this.#headText(patience);
  }

  /** One line, its end included, as Latin-1. */
  async #line(maxBytes: number, patience: Patience): Promise<string> {
    let text = "";
    while (text.length < maxBytes) {
      const piece = await this.#some(maxBytes - text.length, patience);
      if (piece === undefined) throw broken(this.hasBegun ? "within an answer" : "without an answer");
      this.hasBegun = true;
      const end = piece.indexOf(NEWLINE) + 1;
      text += Buffer.from(piece.buffer, piece.byteOffset, end === 0 ? piece.length : end).toString("latin1");
      if (end === 0) continue;
      this.arrivals.putBack(piece.subarray(end));
      return text;
    }
    throw new Error(`a line of more than ${maxBytes} bytes where a head or a length was expected`);
  }

  /** The next bytes; nothing at the end of the connection. */
  async #some(maxBytes: number, { limitMs, error }: Patience): Promise<Uint8Array | undefined> {
    const ready = this.arrivals.take(maxBytes);
    if (ready !== undefined) return ready;
    const waited = await this.arrivals.wait(limitMs);
    if (waited === "silence") throw error();
    return waited === "bytes" ? this.arrivals.take(maxBytes) : undefined;
  }
}

/** The error for a connection that ended too early, in the form that Node's own have. */
function broken(where: string): Error {
  return Object.assign(new Error(`the connection ended ${where}`), { code: "ECONNRESET" });
}
