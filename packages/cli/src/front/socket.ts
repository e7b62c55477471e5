/**
 * A connection over TCP, as `@teu/registry-client` uses those of `node:net`. What is read goes into the memory of the reader,
 * and files go by threads of their own.
 * @module
 */
import { READABLE, Timer, type Watch, WRITABLE, unwatch, watch } from "./loop.ts";
import { followMove } from "./moves.ts";
import type { lookup as lookUp } from "./node/dns.ts";
import { EventEmitter } from "./node/events.ts";
import { systemError } from "./system-error.ts";

const EAGAIN = -11;
const ENODATA = -61;
const ECONNRESET = -104;
const EINPROGRESS = -115;
const NEXT_ADDRESS_MS = 250;

/** Where to connect to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly onread?: {
    readonly buffer: () => Uint8Array;
    readonly callback: (bytesRead: number, buffer: Uint8Array) => boolean;
  };
  readonly lookup?: typeof lookUp;
}

/** How bytes go over a socket: as they are, or by TLS. Results are those of the kernel: -EAGAIN, -EINPROGRESS, 0 at the end. */
export interface Channel {
  /** Above 0 once there is a connection. */
  begin(fd: number): number;
  read(fd: number, room: Uint8Array): number;
  write(fd: number, bytes: Uint8Array, hasMore: boolean): number;
  end(): void;
}

/** Bytes as they are. */
export const PLAIN: Channel = {
  begin: () => 1,
  read: (fd, room) => sys_read(fd, room),
  write: (fd, bytes, hasMore) => sys_send_bytes(fd, bytes, hasMore ? 1 : 0),
  end: () => {},
};

type Found = Parameters<Parameters<typeof lookUp>[2]>[1];

/** The bytes of a file from `start` to before `end`. */
interface Part {
  readonly fd: number;
  readonly start: number;
  readonly end: number;
  /** How often there is to be news, in milliseconds. */
  readonly newsMs: number;
  /** Is told up to which offset they have gone over the connection. */
  readonly onMoved: (offset: number) => void;
}

/** A connection. */
export class Socket extends EventEmitter {
  connecting = true;
  destroyed = false;
  remoteAddress: string | undefined;
  readonly #port: number;
  readonly #reader: NonNullable<Target["onread"]>;
  readonly #channel: Channel;
  #isReached = false;
  #found: Found = [];
  #watch: Watch | undefined;
  #isHeld = true;
  #isPaused = false;
  #hasEnded = false;
  #corks = 0;
  #queue: Uint8Array[] = [];
  /** Whether a thread sends or receives. */
  #isMoving = false;
  #isReceiving = false;
  /** Whether that thread looks for what there is to read. */
  #isReadBeside = false;
  #patience: Timer | undefined;
  #failure: Error | undefined;

  constructor(port: number, reader: NonNullable<Target["onread"]>, channel: Channel) {
    super();
    this.#port = port;
    this.#reader = reader;
    this.#channel = channel;
    // The kernel knows nothing of TLS.
    if (channel !== PLAIN) Object.defineProperties(this, { sendFile: {}, receiveFile: {} });
  }

  /** Tries the addresses that were found, one after the other. */
  begin(found: Found): void {
    this.#found = found;
    this.#next();
  }

  #next(): void {
    if (this.destroyed) return;
    const [first, ...rest] = this.#found;
    if (first === undefined) return this.destroy(this.#failure);
    this.#found = rest;
    const fd = sys_connect(first.address, this.#port);
    if (fd < 0) return this.#missed(first.address, fd);
    const waiting: Watch = {
      fd,
      isHeld: this.#isHeld,
      // Until there is a connection, what the channel waits for.
      wanted: WRITABLE,
      onReady: (events) => (this.connecting ? this.#advance(first.address, fd) : this.#ready(events)),
    };
    this.#watch = waiting;
    watch(waiting);
    // Who does not answer is waited for no longer where there is another address.
    if (rest.length > 0) this.#patience = new Timer(() => this.#missed(first.address, -110), NEXT_ADDRESS_MS, false);
  }

  #missed(address: string, result: number): void {
    this.#close();
    const error = systemError(result, "connect");
    error.message = `connect ${error.code} ${address}:${this.#port}`;
    this.#failure ??= Object.assign(error, { address, port: this.#port });
    this.#next();
  }

  #advance(address: string, fd: number): void {
    if (!this.#isReached) {
      const error = sys_socket_error(fd);
      this.#patience?.[Symbol.dispose]();
      if (error !== 0) return this.#missed(address, -error);
      this.#isReached = true;
      this.remoteAddress = address;
    }
    const begun = this.#channel.begin(fd);
    if (begun === EAGAIN || begun === EINPROGRESS) {
      if (this.#watch !== undefined) this.#watch.wanted = begun === EAGAIN ? READABLE : WRITABLE;
      return;
    }
    if (begun <= 0) return this.destroy(systemError(begun === 0 ? ECONNRESET : begun, "connect"));
    this.connecting = false;
    this.#settle();
    this.emit(this.#channel === PLAIN ? "connect" : "secureConnect");
    this.#flush();
  }

  /** Says anew what is waited for. */
  #settle(): void {
    if (this.connecting || this.#watch === undefined) return;
    const reads = !this.#isPaused && !this.#hasEnded && !this.#isReadBeside;
    const writes = this.#queue.length > 0 && this.#corks === 0;
    this.#watch.wanted = (reads ? READABLE : 0) | (writes ? WRITABLE : 0);
  }

  #ready(events: number): void {
    if ((events & READABLE) !== 0) this.#read();
    if ((events & WRITABLE) !== 0 && !this.destroyed) this.#flush();
  }

  #read(): void {
    while (!this.#isPaused && !this.destroyed && this.#watch !== undefined) {
      const room = this.#reader.buffer();
      const size = this.#channel.read(this.#watch.fd, room);
      if (size === EAGAIN || size === EINPROGRESS) return;
      if (size < 0) return this.destroy(systemError(size, "read"));
      if (size === 0) return this.#end();
      if (!this.#reader.callback(size, room)) this.pause();
      // TLS has more in its own memory, which nobody would tell of.
      if (size < room.length && this.#channel === PLAIN) return;
    }
  }

  #end(): void {
    this.#hasEnded = true;
    this.#settle();
    this.emit("end");
    if (this.#queue.length === 0 && !this.#isMoving) this.destroy();
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length > 0 && !this.destroyed) this.#queue.push(bytes);
    this.#flush();
    if (this.#queue.length === 0) return true;
    this.#settle();
    return false;
  }

  #flush(): void {
    if (this.connecting || this.#corks > 0 || this.#watch === undefined) return;
    const had = this.#queue.length > 0;
    for (let [first] = this.#queue; first !== undefined; [first] = this.#queue) {
      const size = this.#channel.write(this.#watch.fd, first, this.#queue.length > 1);
      if (size === EAGAIN || size === EINPROGRESS) return;
      if (size < 0) return this.destroy(systemError(size, "write"));
      if (size === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(size);
    }
    if (!had) return;
    this.#settle();
    queueMicrotask(() => this.emit("drain"));
    if (this.#hasEnded) this.destroy();
  }

  /** Beyond Node's: has another thread send bytes of a file, once all else is sent. Throws what the file fails with. */
  async sendFile(part: Part): Promise<void> {
    const { fd, start, end, newsMs } = part;
    await this.#move(part, (to) => sys_send_file(to, fd, start, end, newsMs));
  }

  /**
   * Beyond Node's: has another thread read into a file, and hash what it reads. What has come before is with the reader.
   * Throws what the file fails with.
   */
  async receiveFile(part: Part & { readonly hash: number }): Promise<void> {
    this.#isReceiving = true;
    const { fd, hash, start, end, newsMs } = part;
    await this.#move(part, (from) => sys_receive_file(from, fd, hash, start, end, newsMs));
    this.#isReceiving = false;
    // What is there beyond the body, or an end, is noticed before anybody uses the connection again.
    this.#read();
  }

  async #move({ onMoved }: Part, begin: (fd: number) => number): Promise<void> {
    if (this.#watch === undefined) return;
    const { fd } = this.#watch;
    this.#isMoving = true;
    this.#readBeside(true);
    const ended = (): void => {
      this.#isMoving = false;
      this.#readBeside(false);
      // The thread has used it until now.
      if (this.destroyed) sys_close(fd);
    };
    const moved = followMove(begin(fd), { onMoved, onAnswer: () => this.#readBeside(false) });
    const { result, isOfFile } = await moved.finally(ended);
    if (isOfFile) throw systemError(result, this.#isReceiving ? "write" : "read");
    if (result === ENODATA) this.#end();
    if (this.#hasEnded) this.destroy();
    if (result === 0 || this.destroyed) return;
    // The other side may have said why.
    if (!this.#isReceiving) this.#read();
    this.destroy(systemError(result, this.#isReceiving ? "read" : "write"));
  }

  #readBeside(isReadBeside: boolean): void {
    this.#isReadBeside = isReadBeside;
    this.#settle();
  }

  cork(): void {
    this.#corks += 1;
  }

  uncork(): void {
    this.#corks = Math.max(0, this.#corks - 1);
    this.#settle();
    this.#flush();
  }

  pause(): this {
    this.#isPaused = true;
    this.#settle();
    return this;
  }

  resume(): this {
    this.#isPaused = false;
    this.#settle();
    // What TLS has in its own memory makes no descriptor ready.
    if (this.#channel !== PLAIN) queueMicrotask(() => this.#read());
    return this;
  }

  isPaused(): boolean {
    return this.#isPaused;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this.#hold(true);
  }

  unref(): this {
    return this.#hold(false);
  }

  #hold(isHeld: boolean): this {
    this.#isHeld = isHeld;
    if (this.#watch !== undefined) this.#watch.isHeld = isHeld;
    return this;
  }

  #close(): void {
    this.#patience?.[Symbol.dispose]();
    if (this.#watch === undefined) return;
    unwatch(this.#watch);
    this.#channel.end();
    if (this.#isMoving) sys_shut_down(this.#watch.fd);
    else sys_close(this.#watch.fd);
    this.#watch = undefined;
  }

  destroy(error?: Error): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#queue = [];
    this.#close();
    queueMicrotask(() => {
      if (error !== undefined) this.emit("error", error);
      this.emit("close");
    });
  }
}
