/**
 * Moves the write-ahead log of a SQLite database into the database, on a thread of its own. SQLite itself would do so in the
 * midst of a commit, and hold up every read until the disk has it all.
 * @module
 */
import { once } from "node:events";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

/** How many pages the log becomes long: of 4 KiB each. */
const MAX_PAGES = 4000;
/** After how many batches of changes its length is looked at. */
const LOOK_BATCHES = 16;

const THREAD = `
  const { workerData } = require("node:worker_threads");
  const { DatabaseSync } = require("node:sqlite");
  const database = new DatabaseSync(workerData);
  database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  database.close();
`;

/** The checkpoints of one database. */
export class Checkpoints {
  readonly #path: string;
  readonly #maxPages: number;
  readonly #length: StatementSync;
  #batches = 0;

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
    const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };
    const worker = new Worker(THREAD, { eval: true, workerData: this.#path, resourceLimits, execArgv: [] });
    worker.on("error", () => {});
    await once(worker, "exit");
  }
}
