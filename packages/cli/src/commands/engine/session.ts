/**
 * A person, or a program, at the streams of a container: output comes out, input and signals go in, keys may leave.
 * @module
 */
import { spawnSync } from "node:child_process";
import { EventEmitter } from "node:events";
import type { MonitorClient } from "@teu/engine/containers/monitor-client";
import { openStream } from "../../standard-output.ts";

/** What is passed on. */
export interface SessionOptions {
  readonly terminal: boolean;
  readonly input: boolean;
  /** As `detachKeys` reads them; none for no way to leave. */
  readonly detachKeys: Uint8Array;
  /** Sends a signal to the container; left out, signals end this process as they do. */
  readonly onSignal?: ((name: NodeJS.Signals) => void) | undefined;
}

// Those that people send to a foreground process; others are for this process itself.
const SIGNALS: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCONT"];

/** The streams of this process, joined to a container's. */
export class Session implements Disposable {
  /** Resolves when the keys to leave were typed. */
  readonly left: Promise<void>;
  readonly #options: SessionOptions;
  readonly #cleanup = new DisposableStack();
  #client: MonitorClient | undefined;
  #leave: () => void = () => undefined;
  #typed = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    openStream(1);
    openStream(2);
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /** Joins. Bytes that came before wait in the pipes. */
  join(client: MonitorClient): void {
    this.#client = client;
    if (this.#options.input) this.#takeInput(client);
    if (this.#options.terminal && process.stdout.isTTY) this.#watchSize(client);
  }

  /** Passes signals on from now on; those that come before `running` wait for it. */
  proxySignals(running: Promise<unknown>): void {
    const { onSignal } = this.#options;
    if (onSignal === undefined) return;
    for (const name of SIGNALS) {
      process.removeAllListeners(name);
      const listener = (): void =>
        void running.then(
          () => onSignal(name),
          () => undefined,
        );
      process.on(name, listener);
      this.#cleanup.defer(() => void process.off(name, listener));
    }
  }

  /** For {@link MonitorListener.output}. */
  readonly output = (bytes: Uint8Array, isError: boolean): boolean => {
    const stream = isError ? process.stderr : process.stdout;
    if (stream.write(bytes)) return true;
    stream.once("drain", () => this.#client?.resume());
    return false;
  };

  /** Waits until everything was written. */
  async flush(): Promise<void> {
    for (const stream of [process.stdout, process.stderr])
      if (stream.writableLength > 0) await EventEmitter.once(stream, "drain");
  }

  [Symbol.dispose](): void {
    this.#cleanup.dispose();
  }

  #takeInput(client: MonitorClient): void {
    const { stdin } = process;
    if (this.#options.terminal && stdin.isTTY) {
      stdin.setRawMode(true);
      // Node leaves line ends of the output to the terminal, but the container's own terminal has made them already.
      spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });
      this.#cleanup.defer(() => void stdin.setRawMode(false));
    }
    stdin.on("data", (chunk: Buffer) => this.#onInput(client, chunk));
    stdin.on("end", () => client.endInput());
    // A closed standard input is an empty one.
    stdin.on("error", () => client.endInput());
    this.#cleanup.defer(() => {
      stdin.removeAllListeners("data");
      // What waits for a file or a closed terminal cannot be called off; it does not last.
      stdin.destroy();
    });
  }

  #onInput(client: MonitorClient, chunk: Buffer): void {
    const passed = this.#withoutKeys(chunk);
    if (passed.length > 0 && !client.input(passed)) {
      process.stdin.pause();
      client.onRoom(() => process.stdin.resume());
    }
  }

  /** The input up to the keys to leave; keys that may begin them are held back until it is clear. */
  #withoutKeys(chunk: Buffer): Buffer {
    const { detachKeys, terminal } = this.#options;
    if (!terminal || detachKeys.length === 0) return chunk;
    const out: number[] = [];
    for (const byte of chunk) {
      if (byte === detachKeys[this.#typed]) {
        this.#typed += 1;
        if (this.#typed < detachKeys.length) continue;
        this.#leave();
        return Buffer.from(out);
      }
      out.push(...detachKeys.subarray(0, this.#typed));
      this.#typed = byte === detachKeys[0] ? 1 : 0;
      if (this.#typed === 0) out.push(byte);
    }
    return Buffer.from(out);
  }

  #watchSize(client: MonitorClient): void {
    const send = (): void => client.resize(process.stdout.rows, process.stdout.columns);
    send();
    process.stdout.on("resize", send);
    this.#cleanup.defer(() => void process.stdout.off("resize", send));
  }
}
