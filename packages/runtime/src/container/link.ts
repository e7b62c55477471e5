/**
 * The words between the runtime and the process that becomes the container's program.
 * A message is a word, or a failure as JSON. The end of the connection says that the other is gone, or has become the program.
 * @module
 */
import { close, tryWriteText } from "@teu/kernel/descriptors";
import { receive, send, trySend } from "@teu/kernel/sockets";
import { Failure, packFailure, unpackFailure } from "../failure.ts";

const MAX_MESSAGE_BYTES = 65536;

/** `go` on; I am `mounted`, waiting for hooks; I am `ready` to start; here is the `terminal`, a mount to `map` the ids of, or the `listener` of my seccomp filter. */
export type Word = "go" | "mounted" | "ready" | "terminal" | "map" | "listener";

/** One end of the connection. */
export class Link {
  readonly fd: number;
  /** Descriptors that came with the last message. */
  fds: readonly number[] = [];
  /** Warnings received so far. */
  readonly warnings: string[] = [];

  constructor(fd: number) {
    this.fd = fd;
  }

  say(word: Word, fds: readonly number[] = []): void {
    send(this.fd, word, fds);
  }

  warn(text: string): void {
    send(this.fd, `warning ${text}`);
  }

  /** Tells a failure, by whichever call the filter of this process allows. */
  tryFail(failure: Failure): void {
    const text = packFailure(failure);
    if (trySend(this.fd, text) < 0) tryWriteText(this.fd, text);
  }

  /** Waits for a word. @throws Failure that the other side sent, or where it went away: `whenGone` tells what that means */
  hear(word: Word, whenGone: string): void {
    const got = this.next();
    if (got === undefined) throw new Failure(whenGone);
    if (got !== word) throw new Failure(`${whenGone}: got ${JSON.stringify(got)}`);
  }

  /** The next word; undefined at the end of the connection. @throws Failure that the other side sent */
  next(): string | undefined {
    for (;;) {
      const message = receive(this.fd, MAX_MESSAGE_BYTES);
      if (message === undefined) return undefined;
      if (message.text.startsWith("{")) throw unpackFailure(message.text);
      this.fds = message.fds;
      if (!message.text.startsWith("warning ")) return message.text;
      this.warnings.push(message.text.slice("warning ".length));
    }
  }

  close(): void {
    close(this.fd);
  }
}
