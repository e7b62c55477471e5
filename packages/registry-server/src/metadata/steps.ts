/**
 * Work on a database as steps that are yielded: SQLite takes them at once, PostgreSQL while the work waits. So that both
 * databases do the same, the work is written once.
 *
 * Parameters are written `?`. What both databases take is used, and nothing else.
 * @module
 */

/** A value of a column. */
export type Value = string | number | null | Uint8Array;

/** One row by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** One statement. */
export interface Step {
  readonly sql: string;
  readonly values: readonly Value[];
  /** Takes the row against other nodes. A database of one process has none to take it against, and leaves it out. */
  readonly lock?: boolean;
}

/** Statements that do not depend on each other, and what each of them gave. */
export type Work<T> = Generator<readonly Step[], T, readonly (readonly Row[])[]>;

/** A question with one statement. */
export interface Query<T> extends Step {
  readonly read: (rows: readonly Row[]) => T;
  /** A name for what pulls ask again and again: a database of one process may keep its rows until something is committed. */
  readonly hot?: string;
}

/** Makes a statement. */
export function step(sql: string, ...values: readonly Value[]): Step {
  return { sql, values };
}

/** Does one statement and gives its rows. */
export function* rowsOf(sql: string, ...values: readonly Value[]): Work<readonly Row[]> {
  const [rows = []] = yield [{ sql, values }];
  return rows;
}

/** Does one statement and tells whether it gave a row. */
export function* hasRow(sql: string, ...values: readonly Value[]): Work<boolean> {
  return (yield* rowsOf(sql, ...values)).length > 0;
}

/** Does one statement and gives the first text of its first row. */
export function* textOf(sql: string, ...values: readonly Value[]): Work<string | undefined> {
  const [row] = yield* rowsOf(sql, ...values);
  return row === undefined ? undefined : String(Object.values(row)[0]);
}

/** Takes the row that a statement selects against other nodes until the transaction ends. */
export function* lockRow(sql: string, ...values: readonly Value[]): Work<void> {
  yield [{ sql: `${sql} FOR UPDATE`, values, lock: true }];
}
