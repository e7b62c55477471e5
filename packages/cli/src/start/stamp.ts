/**
 * Tells whether the sources of a clone are those that its pack was made of, by size and time.
 *
 * The program, with the tables of commands, and the module of each command have a stamp. That of a command has the sources of all that it may load in
 * turn, so that a pack is never left half-way.
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** A source: its path from the project, its size in bytes, the time of its last change in milliseconds. */
export type StampRow = readonly [path: string, size: number, timeMs: number];

/** Tells whether the source of a row is what it was. @param project The folder that its path begins at */
export function isAsStamped(project: string, [path, size, timeMs]: StampRow): boolean {
  // Not join(), which takes as long as asking for the file.
  const found = statSync(`${project}/${path}`, { throwIfNoEntry: false });
  return found?.size === size && found.mtimeMs === timeMs;
}

/** A source is not the one that the pack was made of. */
export class StaleError extends Error {
  override readonly name: string = "StaleError";
}

/** Tells whether an error is a {@link StaleError}, also one of the launcher, which has a copy of its own. */
export function isStale(error: unknown): boolean {
  return error instanceof Error && error.name === "StaleError";
}

/** The state of the sources when a pack was made. */
export class Stamps {
  readonly #folder: string;
  readonly #project: string;
  readonly #checked = new Set<string>();
  #left = 2;

  /** @param folder Has the stamps, `NAME.json` each */
  constructor(folder: string, project: string) {
    this.#folder = folder;
    this.#project = project;
  }

  /** Checks the sources of a packed module before it is loaded. @throws StaleError */
  check(module: string): void {
    // What several modules share belongs to the stamps of those, and what a command loads later to that of the command.
    if (this.#left === 0 || /^\.\/(?:chunk|table|commands)-/.test(module)) return;
    this.#left -= 1;
    const path = join(this.#folder, `${basename(module, ".js")}.json`);
    for (const row of JSON.parse(readFileSync(path, "utf8")) as readonly StampRow[]) this.#checkFile(row);
  }

  #checkFile(row: StampRow): void {
    const [path] = row;
    if (this.#checked.has(path)) return;
    this.#checked.add(path);
    if (!isAsStamped(this.#project, row)) throw new StaleError(`"${path}" has changed`);
  }
}
