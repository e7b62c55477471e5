/**
 * Metadata in PostgreSQL, for any number of nodes. Changes that come to a node at the same time share a transaction; those
 * of two nodes to one repository wait for each other.
 * @module
 */
import { TeuError } from "@teu/std/error";
import postgres, { type Sql, type TransactionSql } from "postgres";
import type { RegistryServerErrorCode } from "../errors.ts";
import type { JournalStorage } from "../storage/driver.ts";
import { applyChange, noteStep, reposOf } from "./changes.ts";
import { dropEvent, forgetBlob, markSlice, purgeManifests, reposOfLinks, reposOfPurged } from "./collecting.ts";
import { formatRecord } from "./journal-record.ts";
import type { LinkKey, Marked, Metadata, Note, Outcome, SharedLocks, Signed } from "./metadata.ts";
import { PostgresLocks, numberOf } from "./postgres-locks.ts";
import { prepareTables } from "./postgres-schema.ts";
import { Queries } from "./queries.ts";
import { type Row, type Step, type Work, hasRow } from "./steps.ts";

/** How to keep metadata. */
export interface PostgresOptions {
  /** Such as `postgres://user:password@host/database`. */
  readonly url: string;
  /** Where changes are kept a second time. Default: nowhere. */
  readonly journal?: Pick<JournalStorage, "appendJournal"> | undefined;
  /** Connections of this node, beside two more. Default: 10. */
  readonly connections?: number;
  /** How long small changes may wait to be stored. Default: 1000. */
  readonly noteDelayMs?: number;
}

/**
 * Opens metadata. Its tables are made if they are not there.
 * @throws TeuError `ERR_REGISTRY_DATA` if they are of another version.
 */
export async function openPostgres(options: PostgresOptions): Promise<Metadata> {
  const sql = connect(options, options.connections ?? 10);
  await prepareTables(sql).catch(async (error: unknown) => {
    await sql.end({ timeout: 0 });
    throw error;
  });
  return new PostgresMetadata(sql, options);
}

/** What the two kinds of connections differ in. */
interface Reaction {
  readonly connection?: { readonly synchronous_commit: string };
  readonly onclose?: () => void;
}

function connect({ url }: PostgresOptions, max: number, more: Reaction = {}): Sql {
  const sql: unknown = postgres(url, {
    max,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    onnotice: () => {},
    ...more,
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
  });
  return sql as Sql;
}

interface Waiting {
  readonly work: () => Work<unknown>;
  readonly repos: readonly string[];
  readonly resolve: (outcome: never) => void;
  readonly reject: (error: unknown) => void;
  /** What goes to the journal if the work succeeds. */
  readonly change?: Signed;
}

/** Most changes of one transaction, and most transactions at a time. */
const MAX_BATCH = 64;
const MAX_TRANSACTIONS = 4;
const ATTEMPTS = 6;

class PostgresMetadata extends Queries implements Metadata {
  readonly #sql: Sql;
  /** One connection, for locks and for what may be lost: it waits for no disk. */
  readonly #light: Sql;
  readonly #options: PostgresOptions;
  readonly locks: SharedLocks;
  #waiting: Waiting[] = [];
  #notes: Note[] = [];
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(sql: Sql, options: PostgresOptions) {
    super(async (query) => query.read(await runStep(sql, query)));
    this.#sql = sql;
    this.#options = options;
    this.#light = connect(options, 1, {
      connection: { synchronous_commit: "off" },
      onclose: () => locks.lost(),
    });
    const locks = new PostgresLocks(this.#light);
    this.locks = locks;
  }

  commit(change: Signed): Promise<Outcome> {
    return this.#enqueue(() => applyChange(change), reposOf(change), change);
  }

  note(note: Note): void | Promise<void> {
    if (note.op === "session" || note.op === "session-end")
      return runStep(this.#light, noteStep(note)).then(() => undefined);
    this.#notes.push(note);
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), this.#options.noteDelayMs ?? 1000).unref();
    return undefined;
  }

  renew(repo: string, digest: string, lease: number): Promise<boolean> {
    const sql = "UPDATE link SET lease = ? WHERE repo = ? AND digest = ? RETURNING digest";
    return runWork(this.#light, hasRow(sql, lease, repo, digest));
  }

  /** Notes may come from many requests for the same thing, of which the last one counts. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const notes = new Map(this.#notes.map((note) => [JSON.stringify({ ...note, at: 0, lease: 0 }), note]));
    this.#notes = [];
    for (const note of notes.values()) await runStep(this.#light, noteStep(note));
  }

  async mark(now: number, after: LinkKey | undefined, limit: number): Promise<Marked> {
    const slice = { now, after, limit };
    const repos = await runWork(this.#sql, reposOfLinks(slice));
    return this.#enqueue(() => markSlice(slice, new Set(repos)), repos);
  }

  dropEvent(id: number): Promise<void> {
    return runWork(this.#light, dropEvent(id));
  }

  forget(digest: string): Promise<boolean> {
    return runWork(this.#sql, forgetBlob(digest));
  }

  async purge(before: number, limit: number): Promise<number> {
    const repos = await runWork(this.#sql, reposOfPurged(before, limit));
    return this.#enqueue(() => purgeManifests(before, limit, new Set(repos)), repos);
  }

  #enqueue<T>(work: () => Work<T>, repos: readonly string[], change?: Signed): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ work, repos, resolve, reject, ...(change === undefined ? {} : { change }) });
    this.#start();
    return promise;
  }

  #start(): void {
    while (this.#waiting.length > 0 && this.#running < MAX_TRANSACTIONS) {
      this.#running += 1;
      // Those that come in the same turn of the event loop come along.
      setImmediate(() => {
        const batch = this.#waiting.splice(0, MAX_BATCH);
        void this.#runBatch(batch).finally(() => {
          this.#running -= 1;
          this.#start();
        });
      });
      if (this.#waiting.length <= MAX_BATCH) return;
    }
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const outcomes = await this.#retry(batch);
      for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] as never);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async #retry(batch: readonly Waiting[]): Promise<unknown[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#sql.begin<unknown[]>((transaction) => this.#transact(transaction, batch));
      } catch (error) {
        if (attempt >= ATTEMPTS || !isConflict(error)) throw error;
      }
    }
  }

  async #transact(transaction: TransactionSql, batch: readonly Waiting[]): Promise<unknown[]> {
    const numbers = Array.from(new Set(batch.flatMap(({ repos }) => repos)), (repo) =>
      BigInt(numberOf(`repo ${repo}`)),
    );
    // In the order of their numbers, so that no two nodes wait for each other.
    const order = numbers.toSorted((a, b) => Number(a > b) - Number(a < b));
    await Promise.all(order.map((number) => transaction`SELECT pg_advisory_xact_lock(${String(number)}::bigint)`));
    const outcomes: unknown[] = [];
    for (const { work } of batch) outcomes.push(await runWork(transaction, work()));
    const lines = batch.flatMap(({ change }, index) =>
      change !== undefined && (outcomes[index] as Outcome).kind === "done" ? [formatRecord(change)] : [],
    );
    if (lines.length > 0 && this.#options.journal !== undefined) {
      // While the repositories are held, so that places are in the order of the changes to each of them.
      const [row] = await transaction`SELECT nextval('journal_place') AS place`;
      await this.#options.journal.appendJournal(lines, Number(row?.["place"]));
    }
    return outcomes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.flush().catch(() => {});
    await this.#sql.end({ timeout: 5 });
    await this.#light.end({ timeout: 5 });
  }
}

const STATEMENTS = new Map<string, string>();

/** Writes parameters as PostgreSQL has them: `$1`, `$2` and so on. */
function numbered(sql: string): string {
  const known = STATEMENTS.get(sql);
  if (known !== undefined) return known;
  let count = 0;
  const text = sql.replaceAll("?", () => `$${(count += 1)}`);
  STATEMENTS.set(sql, text);
  return text;
}

async function runStep(sql: Sql | TransactionSql, { sql: text, values }: Step): Promise<readonly Row[]> {
  return sql.unsafe(numbered(text), values as never[], { prepare: true });
}

/** Statements that do not depend on each other go out together. */
async function runWork<T>(sql: Sql | TransactionSql, work: Work<T>): Promise<T> {
  let next = work.next();
  while (next.done !== true) next = work.next(await Promise.all(next.value.map((step) => runStep(sql, step))));
  return next.value;
}

/** Tells whether a transaction only met another one: a deadlock, or two that cannot follow each other. */
function isConflict(error: unknown): boolean {
  return error instanceof postgres.PostgresError && (error.code === "40P01" || error.code === "40001");
}

function closedError(): TeuError<RegistryServerErrorCode> {
  return new TeuError("ERR_REGISTRY_BUSY", "Changing registry metadata: it is closed");
}
