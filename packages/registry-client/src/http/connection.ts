/**
 * One connection that speaks HTTP/1.1: requests go out, heads and bodies of answers come in. Of Node's own client it has
 * what registries need and costs a third of the time, most of which goes into moving bodies; ADR 9 has the figures.
 * @module
 */
import type { Socket } from "node:net";
import type { GrowingFile } from "@teu/content/growing-file";
import { type AnswerHead, MAX_HEAD_BYTES, parseHead } from "./answer-head.ts";
import type { Arrivals } from "./arrivals.ts";
import type { FilePart } from "./file-part.ts";
import { SilenceWatch } from "./silence.ts";

/** A limit on silence, and what it is told as. */
export interface Patience {
  readonly limitMs: number;
  readonly error: () => unknown;
}

/** The bytes of a file from `start` to before `end`, as they go over a socket. */
interface Moved {
  readonly fd: number;
  readonly start: number;
  readonly end: number;
  /** How often there is to be news, in milliseconds. */
  readonly newsMs: number;
  /** Is told up to which offset they have. */
  readonly onMoved: (offset: number) => void;
}

/** What sockets of `teu-front` can do by themselves, and Node's cannot. What the file fails with is thrown, all else ends the socket. */
interface FileSocket extends Socket {
  sendFile?(part: Moved): Promise<void>;
  receiveFile?(part: Moved & { readonly hash: number }): Promise<void>;
}

const MAX_INTERIM_ANSWERS = 16;
const MAX_CHUNK_LINE_BYTES = 4096;
const NEWLINE = 0x0a;
// Most heads come whole, with nothing behind them or the beginning of a body.
const HEAD_PIECE_BYTES = 4096;
const FIRST_LINE_EMPTY = /^\r?\n/;
const LINE_EMPTY = /\n\r?\n/;

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

  /** Has the kernel send the bytes of a file, and waits while the other side takes none. */
  async sendFile({ fd, start, end, onSent }: FilePart, patience: Patience): Promise<void> {
    const socket: FileSocket = this.socket;
    const part = { fd, start, end, newsMs: timeBetweenNews(patience, onSent), onMoved: (at: number) => onSent?.(at) };
    if (!socket.destroyed) await this.#moved(part, patience, (each) => socket.sendFile?.(each));
  }

  /** Whether {@link receiveInto} is quicker than chunks. */
  get receivesFiles(): boolean {
    return (this.socket as FileSocket).receiveFile !== undefined;
  }

  /** Appends a body of known length to a file. Throws what either fails with. */
  async receiveInto(
    file: GrowingFile,
    { length, onBytes }: { readonly length: number; readonly onBytes?: ((bytes: number) => void) | undefined },
    patience: Patience,
  ): Promise<void> {
    const end = file.size + length;
    const append = async (piece: Uint8Array): Promise<void> => {
      await file.append(piece);
      onBytes?.(piece.length);
    };
    while (file.size < end) {
      const piece = this.arrivals.take(end - file.size);
      if (piece === undefined) break;
      await append(piece);
    }
    if (file.size === end) return;
    const onMoved = (offset: number): void => {
      const bytes = offset - file.size;
      file.grown(offset);
      onBytes?.(bytes);
    };
    const socket: FileSocket = this.socket;
    await file.appendBeside(async (hash) => {
      const newsMs = timeBetweenNews(patience, onBytes);
      const part = { fd: file.fd, start: file.size, end, newsMs, onMoved };
      if (!socket.destroyed) await this.#moved(part, patience, (each) => socket.receiveFile?.({ ...each, hash }));
    });
    // Where the file did not take it so, and where the connection has failed.
    for await (const piece of this.readBytes(end - file.size, patience)) await append(piece);
  }

  async #moved(
    part: Moved,
    { limitMs, error }: Patience,
    move: (part: Moved) => Promise<void> | undefined,
  ): Promise<void> {
    const silence = new SilenceWatch();
    const wait = (): void => silence.begin(limitMs, () => this.destroy(error()));
    const onMoved = (offset: number): void => {
      wait();
      part.onMoved(offset);
    };
    wait();
    try {
      await move({ ...part, onMoved });
    } finally {
      silence.stop();
    }
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

  /** The lines before the first one that is empty, as Latin-1. */
  async #headText(patience: Patience): Promise<string> {
    let text = "";
    while (text.length < MAX_HEAD_BYTES) {
      const piece = await this.#some(Math.min(HEAD_PIECE_BYTES, MAX_HEAD_BYTES - text.length), patience);
      if (piece === undefined) throw broken(this.hasBegun ? "within an answer" : "without an answer");
      this.hasBegun = true;
      const before = text.length;
      text += latin1(piece);
      const end = endOfHead(text, before);
      if (end === undefined) continue;
      this.arrivals.putBack(piece.subarray(end - before));
      return text.slice(0, end).trimEnd();
    }
    throw new Error(`a head of more than ${MAX_HEAD_BYTES} bytes`);
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
      text += latin1(end === 0 ? piece : piece.subarray(0, end));
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

// As often as a progress bar changes; and often enough to tell silence, since news wakes the program up.
const WATCHED_NEWS_MS = 200;
const RARE_NEWS_MS = 5000;

function timeBetweenNews({ limitMs }: Patience, listener: object | undefined): number {
  return Math.min(listener === undefined ? RARE_NEWS_MS : WATCHED_NEWS_MS, Math.ceil(limitMs / 4));
}

/** Where the first empty line ends; nothing where there is none. What was there `before` has none. */
function endOfHead(text: string, before: number): number | undefined {
  const from = Math.max(0, before - 2);
  const found = (from === 0 ? FIRST_LINE_EMPTY.exec(text) : null) ?? LINE_EMPTY.exec(text.slice(from));
  return found === null ? undefined : from + found.index + found[0].length;
}

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}

/** The error for a connection that ended too early, in the form that Node's own have. */
function broken(where: string): Error {
  return Object.assign(new Error(`the connection ended ${where}`), { code: "ECONNRESET" });
}
