/**
 * The command that started a container, once it has become this program: it shows what the container writes, passes signals
 * and input on, and ends as the container does. Node is gone by then, and nobody waits for it.
 * @module
 */
import { STDERR, STDIN, STDOUT, keepOpen, tryRead, tryWrite, waitReady } from "@teu/kernel/descriptors";
import { EAGAIN, EINTR, EPIPE } from "@teu/kernel/errno";
import { kill, ownPid, tryExec } from "@teu/kernel/processes";
import { SIGCHLD, SIGWINCH, nextSignal, openSignals, resetSignals } from "@teu/kernel/signals";
import { Client, type Frame } from "./client.ts";
import { environment } from "./launch.ts";
import { ATTACH, ENDED, ERROR_OUTPUT, FAILED, INPUT, INPUT_END, OUTPUT, SIGNAL } from "./protocol.ts";

/** Input that waits for the monitor, in bytes, before no more is read. */
const MAX_WAITING_BYTES = 256 * 1024;
const READ_BYTES = 32 * 1024;
/** What a pipe that takes anything takes without waiting. */
const WRITE_BYTES = 4096;
const NOTHING: Uint8Array = new Uint8Array(0);
const NOT_STARTED = 125;

const SIGPIPE = 13;
const SIGSTOP = 19;
/** From a terminal: they stop this program, and the container goes on. */
const STOPPING: readonly number[] = [20, 21, 22];
const SIGURG = 23;
const OWN: readonly number[] = [SIGCHLD, SIGPIPE, SIGWINCH, SIGURG];

/** Something to be written. */
class Output {
  readonly fd: number;
  bytes: Uint8Array;

  constructor(fd: number, bytes: Uint8Array) {
    this.fd = fd;
    this.bytes = bytes;
  }
}

/** The command at work. */
export class Foreground {
  private readonly monitor: Client;
  private readonly signals: number;
  private readsInput: boolean;
  private outputs: Output[] = [];
  private exitCode = -1;
  private isLost = false;

  /** @param socket of the monitor; @param readsInput whether the container is to have standard input. Signals are blocked. */
  constructor(socket: number, readsInput: boolean) {
    this.monitor = new Client(socket);
    this.signals = openSignals();
    this.readsInput = readsInput;
  }

  /** Stays until the container has ended: its exit code, or -1 where it never began or its end is not known. */
  run(): number {
    this.monitor.send(ATTACH, NOTHING);
    while (this.outputs.length > 0 || (this.exitCode < 0 && !this.isLost)) this.turn();
    return this.exitCode;
  }

  /**
   * Becomes the command that says what went wrong, cleans up and ends as it should. Comes back only where that fails. The
   * monitor would clean up by itself, as soon as it is left: what the command needs is there for as long as it runs.
   */
  becomeTeller(words: readonly string[]): number {
    keepOpen(this.monitor.fd, true);
    resetSignals();
    tryExec(words[0] ?? "", words, environment());
    return NOT_STARTED;
  }

  private turn(): void {
    const { monitor, signals } = this;
    const output = this.outputs[0];
    const readers = [signals];
    const writers = output === undefined ? [] : [output.fd];
    // What cannot be written holds the container up in the end.
    if (output === undefined) readers.push(monitor.fd);
    if (this.readsInput && monitor.pending < MAX_WAITING_BYTES) readers.push(STDIN);
    if (monitor.pending > 0) writers.push(monitor.fd);
    const ready = waitReady(readers, writers, -1);
    if (ready.readable.includes(signals)) this.onSignals();
    if (output !== undefined && ready.writable.includes(output.fd)) this.write(output);
    if (ready.writable.includes(monitor.fd)) monitor.flush();
    if (ready.readable.includes(STDIN)) this.onInput();
    if (ready.readable.includes(monitor.fd)) this.onFrames(monitor.receive());
    if (monitor.gone) this.isLost = true;
  }

  private onSignals(): void {
    for (let signal = nextSignal(0); signal > 0; signal = nextSignal(0)) {
      if (STOPPING.includes(signal)) kill(ownPid(), SIGSTOP);
      else if (!OWN.includes(signal)) this.monitor.send(SIGNAL, new Uint8Array([signal]));
    }
  }

  private onInput(): void {
    const room = new Uint8Array(READ_BYTES);
    const size = tryRead(STDIN, room);
    if (size === -EAGAIN || size === -EINTR) return;
    if (size > 0) return this.monitor.send(INPUT, room.subarray(0, size));
    this.readsInput = false;
    this.monitor.send(INPUT_END, NOTHING);
  }

  private onFrames(frames: readonly Frame[]): void {
    for (const { type, body } of frames) {
      if (type === OUTPUT) this.outputs.push(new Output(STDOUT, body));
      else if (type === ERROR_OUTPUT) this.outputs.push(new Output(STDERR, body));
      else if (type === FAILED) this.isLost = true;
      else if (type === ENDED) this.exitCode = new DataView(body.buffer).getUint32(0, true);
    }
  }

  private write(output: Output): void {
    const size = tryWrite(output.fd, output.bytes.subarray(0, WRITE_BYTES));
    if (size === -EAGAIN || size === -EINTR) return;
    if (size < 0) return this.onReaderGone(output, size);
    output.bytes = output.bytes.subarray(size);
    if (output.bytes.length === 0) this.outputs = this.outputs.slice(1);
  }

  /** A reader that leaves early, such as head, is no fault. Without standard error there is nobody to tell. */
  private onReaderGone({ fd }: Output, error: number): void {
    if (fd === STDOUT) {
      this.exitCode = error === -EPIPE ? 0 : 1;
      this.outputs = [];
    } else this.outputs = this.outputs.slice(1);
  }
}
