/**
 * The write-ahead log of a SQLite database, synced by us: SQLite itself would hold up the thread meanwhile.
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

/** The log beside a database that stays open, which keeps the log where it is. */
export class WriteAheadLog implements AsyncDisposable {
  readonly #path: string;
  #log: FileHandle | undefined;

  /** @param path File of the database. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when everything committed so far survives a loss of power. There has to be something. */
  async sync(): Promise<void> {
    this.#log ??= await openNamed(`${this.#path}-wal`);
    await this.#log.datasync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log?.close();
  }
}

/** A file whose name is on the disk too. */
async function openNamed(path: string): Promise<FileHandle> {
  await using folder = await open(dirname(path));
  await folder.sync();
  return open(path);
}
