/**
 * A command on a terminal of its own, as a person would have it: a small Python program holds the terminal's other side,
 * which Node has no way to.
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

const HOLDER = `
import fcntl, os, pty, select, struct, sys, termios
def size(fd, rows, columns): fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
pid, master = pty.fork()
if pid == 0:
    size(0, 24, 80)
    os.execv(sys.argv[1], sys.argv[1:])
sources = [0, 3, master]
while True:
    ready, _, _ = select.select(sources, [], [])
    for fd in ready:
        try: data = os.read(fd, 65536)
        except OSError: data = b""
        if fd == master and not data: sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)
        if not data: sources.remove(fd)
        elif fd == master: os.write(1, data)
        elif fd == 0: os.write(master, data)
        else: size(master, *map(int, data.split()))
`;

/** Why terminals cannot be had here. */
export const skipTerminal: string | false =
  spawnSync("python3", ["-c", "import os, pty; os.waitstatus_to_exitcode"]).status === 0
    ? false
    : "needs python3, 3.9 or newer";

/** The command at work. */
export class TerminalSession {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #output = "";

  constructor(words: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn("python3", ["-c", HOLDER, ...words], { env, stdio: ["pipe", "pipe", "inherit", "pipe"] });
    (this.#child.stdout as Readable).setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.#ended = once(this.#child, "close").then(([code]) => code as number);
  }

  /** Types. */
  type(text: string): void {
    (this.#child.stdin as Writable).write(text);
  }

  /** Makes the terminal another size. */
  resize(rows: number, columns: number): void {
    (this.#child.stdio[3] as Writable).write(`${rows} ${columns}\n`);
  }

  /** Waits until the command has shown something, and forgets all up to there. */
  async shows(pattern: RegExp): Promise<string> {
    for (let i = 0; i < 1500; i++) {
      const found = pattern.exec(this.#output);
      if (found !== null) {
        this.#output = this.#output.slice(found.index + found[0].length);
        return found[0];
      }
      await sleep(10);
    }
    throw new Error(`The terminal shows ${JSON.stringify(this.#output)}, expected ${String(pattern)}`);
  }

  /** Waits for the end; the exit code. */
  async end(): Promise<number> {
    const code = await this.#ended;
    for (const stream of this.#child.stdio) stream?.destroy();
    return code;
  }
}
