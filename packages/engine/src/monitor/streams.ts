/**
 * The standard streams of a container as the monitor holds them: pipes, or the master of a terminal.
 * @module
 */
import { close, pipe, setNonBlocking, tryRead, tryWrite } from "@teu/kernel/descriptors";
import { EAGAIN, EINTR } from "@teu/kernel/errno";
import { resize } from "@teu/kernel/terminals";

/** Most input that waits for a container that does not read, in bytes, before clients are no longer read. */
const MAX_INPUT_BYTES = 256 * 1024;
const CHUNK_BYTES = 32 * 1024;
const NONE = -1;
const END_OF_TRANSMISSION = 4;

/** What was read. */
export class Chunk {
  readonly bytes: Uint8Array;
  readonly ended: boolean;

  constructor(bytes: Uint8Array, ended: boolean) {
    this.bytes = bytes;
    this.ended = ended;
  }
}

/** The streams of one run of a container. */
export class ContainerStreams {
  /** For the container, until it has them. */
  input: number = NONE;
  output: number = NONE;
  error: number = NONE;
  /** Of the monitor. A terminal's master is `outputReader`, and takes input too. */
  inputWriter: number = NONE;
  outputReader: number = NONE;
  errorReader: number = NONE;
  private readonly terminal: boolean;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private inputEnds = false;
  private rows = 0;
  private columns = 0;

  constructor(terminal: boolean) {
    this.terminal = terminal;
  }

  /** Makes pipes; without `withInput` the container's standard input ends at once. @throws SysError */
  openPipes(withInput: boolean): void {
    const output = pipe();
    const error = pipe();
    this.output = output.writer;
    this.error = error.writer;
    this.outputReader = output.reader;
    this.errorReader = error.reader;
    if (!withInput) return;
    const input = pipe();
    this.input = input.reader;
    this.inputWriter = input.writer;
    setNonBlocking(input.writer);
  }

  /** Takes the master of the container's terminal. */
  takeTerminal(master: number): void {
    setNonBlocking(master);
    this.outputReader = master;
    this.inputWriter = master;
    if (this.rows > 0) resize(master, this.rows, this.columns);
    this.flush();
  }

  /** Closes what the container has by now. */
  handOver(): void {
    for (const fd of [this.input, this.output, this.error]) close(fd);
    this.input = NONE;
    this.output = NONE;
    this.error = NONE;
  }

  setSize(rows: number, columns: number): void {
    this.rows = rows;
    this.columns = columns;
    if (this.terminal && this.outputReader >= 0) resize(this.outputReader, rows, columns);
  }

  /** Takes input for the container. */
  give(bytes: Uint8Array): void {
    if (this.inputEnds) return;
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    this.flush();
  }

  /** Ends the container's input behind what was given. */
  endInput(): void {
    if (this.inputEnds) return;
    // A terminal has no end; its line discipline makes one of this character.
    if (this.terminal) return this.give(new Uint8Array([END_OF_TRANSMISSION]));
    this.inputEnds = true;
    this.flush();
  }

  /** Whether clients should wait before they give more. */
  get isFull(): boolean {
    return this.waitingBytes > MAX_INPUT_BYTES;
  }

  /** Whether input waits for the container to read. */
  get hasWaiting(): boolean {
    return this.waitingBytes > 0 && this.inputWriter >= 0;
  }

  /** Passes on what the container takes. */
  flush(): void {
    if (this.inputWriter < 0) return;
    while (this.waiting.length > 0) {
      const first = this.waiting[0] ?? new Uint8Array(0);
      const size = tryWrite(this.inputWriter, first);
      if (size === -EAGAIN || size === -EINTR) return;
      if (size < 0) return this.closeInput();
      this.waitingBytes -= size;
      if (size < first.length) this.waiting[0] = first.slice(size);
      else this.waiting = this.waiting.slice(1);
    }
    if (this.inputEnds) this.closeInput();
  }

  private closeInput(): void {
    this.waiting = [];
    this.waitingBytes = 0;
    this.inputEnds = true;
    if (!this.terminal) close(this.inputWriter);
    this.inputWriter = NONE;
  }

  /** What can be read from. */
  get readers(): number[] {
    return [this.outputReader, this.errorReader].filter((fd) => fd >= 0);
  }

  /** Reads from one of {@link readers}, and forgets it at its end. */
  read(fd: number): Chunk {
    const room = new Uint8Array(CHUNK_BYTES);
    const size = tryRead(fd, room);
    if (size > 0) return new Chunk(room.subarray(0, size), false);
    if (size === -EAGAIN || size === -EINTR) return new Chunk(new Uint8Array(0), false);
    close(fd);
    if (fd === this.inputWriter) this.inputWriter = NONE;
    if (fd === this.outputReader) this.outputReader = NONE;
    else this.errorReader = NONE;
    return new Chunk(new Uint8Array(0), true);
  }

  /** Closes everything. */
  close(): void {
    this.handOver();
    const input = this.inputWriter === this.outputReader ? NONE : this.inputWriter;
    for (const fd of [input, this.outputReader, this.errorReader]) close(fd);
    this.inputWriter = NONE;
    this.outputReader = NONE;
    this.errorReader = NONE;
  }
}
