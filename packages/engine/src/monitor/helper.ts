/**
 * The one program that works for the monitor at a time: the runtime, or a hook of the engine. What it says goes to a log.
 * @module
 */
import { close, tryWrite, waitReady } from "@teu/kernel/descriptors";
import { O_APPEND, O_CREAT, O_WRONLY, exists, rename } from "@teu/kernel/files";
import { launch, openMessages, openNull } from "./launch.ts";
import type { ContainerStreams } from "./streams.ts";

const MESSAGES = "monitor.log";
const RUNTIME_LOG = "runtime.log";
const FAILURE_LOG = "failure.log";

/** The helper. */
export class Helper {
  /** The process at work, or 0. */
  pid = 0;
  private readonly runtime: readonly string[];
  private readonly hostMounts: number;

  /** @param hostMounts the mount namespace for hooks, open, or -1 */
  constructor(runtime: readonly string[], hostMounts: number) {
    this.runtime = runtime;
    this.hostMounts = hostMounts;
  }

  /** Starts the runtime for something behind the making of the container. */
  call(words: readonly string[]): void {
    this.pid = this.aside(words);
  }

  /** Starts the runtime for something that nobody waits for; returns its pid. */
  aside(words: readonly string[]): number {
    const none = openNull();
    const messages = openLog();
    const pid = launch(this.wordsOf(words), { input: none, output: messages, error: messages });
    close(none);
    close(messages);
    return pid;
  }

  /** Starts the runtime to make the container, which gets the streams that the runtime has. */
  make(words: readonly string[], streams: ContainerStreams): void {
    const { input, output, error } = streams;
    // A container with a terminal has it by another way.
    if (output < 0) return this.call(words);
    const none = openNull();
    this.pid = launch(this.wordsOf(words), { input: input < 0 ? none : input, output, error });
    close(none);
  }

  /** Starts a hook. */
  hook(words: readonly string[]): void {
    const none = openNull();
    const messages = openLog();
    this.pid = launch(words, { input: none, output: messages, error: messages }, this.hostMounts);
    close(none);
    close(messages);
  }

  private wordsOf(words: readonly string[]): string[] {
    return [...this.runtime, "--log", RUNTIME_LOG, "--log-format", "json", ...words];
  }
}

/** What the runtime said on the container's own standard error may be all that it said. */
export function keepMessages(streams: ContainerStreams): void {
  const { errorReader } = streams;
  if (errorReader < 0 || waitReady([errorReader], [], 0).readable.length === 0) return;
  const messages = openLog();
  tryWrite(messages, streams.read(errorReader).bytes);
  close(messages);
}

/** What the failure was stays in a log of its own; removing may have another. */
export function keepFailure(): void {
  if (exists(RUNTIME_LOG)) rename(RUNTIME_LOG, FAILURE_LOG);
}

function openLog(): number {
  return openMessages(MESSAGES, O_WRONLY | O_CREAT | O_APPEND);
}
