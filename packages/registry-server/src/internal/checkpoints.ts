/**
 * Moves the write-ahead log of a SQLite database into the database, on a thread of its own. SQLite itself would do so in the
 * midst of a commit, and hold up every read until the disk has it all.
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

/** How many pages the log becomes long: of 4 KiB each. */
const MAX_PAGES = 4000;
/** After how many batches of changes its length is looked at. */
const LOOK_BATCHES = 16;
/** Starting a thread holds up the others for longer than a slice of a collection, so that it stays for a while. */
const KEEP_MS = 10_000;

const THREAD = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { DatabaseSync } = require("node:sqlite");
  const database = new DatabaseSync(workerData);
  parentPort.on("message", () => {
    try {
      database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {}
    parentPort.postMessage("done");
  });
`;

/** The checkpoints of one database. */
export class Checkpoints implements AsyncDisposable {
  readonly #path: string;
  readonly #maxPages: number;
  readonly #length: StatementSync;
  #batches = 0;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #moved = (): void => {};

  /**
   * @param path File of the database.
   * @param maxPages Default: 4000.
   */
  constructor(path: string, database: DatabaseSync, maxPages: number = MAX_PAGES) {
    this.#path = path;
    this.#maxPages = maxPages;
    // Tells and does nothing. SQLite before 3.51 does not know the word, and moves the log.
    this.#length = database.prepare("PRAGMA wal_checkpoint(NOOP)");
  }

  /**
   * To be awaited between two batches: a log that nobody writes to is moved whole, and begins anew. Where that fails it is
   * tried again later.
   */
  async afterBatch(): Promise<void> {
    this.#batches += 1;
    if (this.#batches < LOOK_BATCHES) return;
    this.#batches = 0;
    const { log, checkpointed } = { ...this.#length.get() };
    if (Number(log) - Number(checkpointed) < this.#maxPages) return;
    await this.#move();
  }

  async #move(): Promise<void> {
    clearTimeout(this.#timer);
    this.#worker ??= this.#startWorker();
    const worker = this.#worker;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#moved = resolve;
    worker.ref();
    worker.postMessage("move");
    await promise;
    worker.unref();
    this.#timer = setTimeout(() => void this.#endWorker(), KEEP_MS).unref();
  }

  #startWorker(): Worker {
    const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };
    const worker = new Worker(THREAD, { eval: true, workerData: this.#path, resourceLimits, execArgv: [] });
    worker.on("error", () => {});
    worker.on("message", () => this.#moved());
    worker.once("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#moved();
    });
    return worker;
  }

  async #endWorker(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }

  /** Ends the thread. Nothing may be under way. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#endWorker();
  }
}
