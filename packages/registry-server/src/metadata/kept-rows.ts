/**
 * What pulls asked since the last commit. Whoever commits forgets it, so that it is never older than the database.
 * @module
 */
import type { Query, Row } from "./steps.ts";

const MAX_ANSWERS = 512;
/** Largest manifest that is kept, in bytes. */
const MAX_BYTES = 8192;

/** Rows by question. */
export class KeptRows {
  readonly #answers = new Map<string, readonly Row[]>();

  /** The rows that answer a query: those that are kept, or what `ask` gives. */
  rows<T>(query: Query<T>, ask: () => readonly Row[]): readonly Row[] {
    if (query.hot === undefined) return ask();
    // Names, tags and digests have no spaces.
    const key = `${query.hot} ${query.values.join(" ")}`;
    const kept = this.#answers.get(key);
    if (kept !== undefined) return kept;
    const rows = ask();
    const bytes = rows[0]?.["bytes"];
    if (bytes instanceof Uint8Array && bytes.length > MAX_BYTES) return rows;
    if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear();
    this.#answers.set(key, rows);
    return rows;
  }

  /** Forgets everything. */
  clear(): void {
    this.#answers.clear();
  }
}
