/**
 * A daemon with all of its state in a folder of its own, for the length of a suite.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { command } from "./command.ts";

const START_TRIES = 300;
const TRY_MS = 100;
const STOP_MS = 15_000;

/** A daemon that runs. */
export class Daemon {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a daemon, which writes to the file `log`, and waits until `probe` succeeds. */
  static async start(argv: readonly string[], log: string, probe: readonly string[]): Promise<Daemon> {
    const [program = "", ...args] = argv;
    const out = openSync(log, "w");
    const child = spawn(program, args, { stdio: ["ignore", out, out], detached: true });
    closeSync(out);
    const daemon = new Daemon(child);
    for (let tries = 0; tries < START_TRIES && child.exitCode === null; tries++) {
      if ((await command(probe)).code === 0) return daemon;
      await sleep(TRY_MS);
    }
    await daemon.stop();
    throw new Error(`${program} did not start: ${(await readFile(log, "utf8")).slice(-2000)}`);
  }

  /** Asks the daemon to end and waits for it; after a while it is killed. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}
