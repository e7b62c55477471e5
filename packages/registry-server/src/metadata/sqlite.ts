/**
 * Metadata in SQLite, for one process: reads answer from prepared statements, and changes that come at the same time share
 * one transaction, one sync of the journal and one of the database. Nothing else waits for these syncs: reads have a
 * connection of their own, which sees what was committed.
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { TeuError } from "@teu/std/error";
import type { RegistryServerErrorCode } from "../errors.ts";
import type { JournalStorage } from "../storage/driver.ts";
import { formatRecord } from "./journal-record.ts";
import type { Awaitable, LinkKey, Marked, Metadata, Note, Outcome, SessionRecord, Signed } from "./metadata.ts";
import { Checkpoints } from "../internal/checkpoints.ts";
import { WriteAheadLog } from "../internal/write-ahead-log.ts";
import { openDatabase, openReader } from "./schema.ts";
import { applyChange, noteStep } from "./changes.ts";
import { dropEvent, forgetBlob, markSlice, purgeManifests } from "./collecting.ts";
import { KeptRows } from "./kept-rows.ts";
import { Queries } from "./queries.ts";
import { type Row, type Step, type Work, step } from "./steps.ts";

/** How to keep metadata. */
export interface SqliteOptions {
  /** File of the database, or `:memory:`. */
  readonly path: string;
  /** Where changes are kept a second time. Default: nowhere. */
  readonly journal?: Pick<JournalStorage, "appendJournal"> | undefined;
  /** How long small changes may wait to be stored. Default: 1000. */
  readonly noteDelayMs?: number;
}

/**
 * Opens metadata.
 * @throws TeuError `ERR_REGISTRY_DATA`
 */
export function openSqlite(options: SqliteOptions): Metadata {
  return new SqliteMetadata(openDatabase(options.path), options);
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (outcome: never) => void;
  readonly reject: (error: unknown) => void;
  /** Whether its end is told only when it is on the disk. */
  readonly lasting: boolean;
  /** What goes to the journal if the work succeeds. */
  readonly change?: Signed;
}

class SqliteMetadata extends Queries implements Metadata {
  readonly #database: DatabaseSync;
  readonly #reader: DatabaseSync;
  readonly #kept: KeptRows;
  readonly #statements: Statements;
  readonly #options: SqliteOptions;
  readonly #log: WriteAheadLog | undefined;
  readonly #checkpoints: Checkpoints | undefined;
  #waiting: Waiting[] = [];
  #notes: Note[] = [];
  /** Sessions that wait to be stored, and the ends of those that were. */
  #sessionNotes = new Map<string, SessionRecord | undefined>();
  /** Those that are being stored, which reads do not see yet. */
  #storing: ReadonlyMap<string, SessionRecord | undefined> = new Map();
  #running: Promise<void> | undefined;
  #scheduled: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(database: DatabaseSync, options: SqliteOptions) {
    const reader = options.path === MEMORY ? database : openReader(options.path);
    const asked = new Statements(reader);
    const kept = new KeptRows();
    super((query) => query.read(kept.rows(query, () => asked.rows(query))));
    this.#kept = kept;
    this.#database = database;
    this.#reader = reader;
    this.#statements = new Statements(database);
    this.#log = options.path === MEMORY ? undefined : new WriteAheadLog(options.path);
    this.#checkpoints = options.path === MEMORY ? undefined : new Checkpoints(options.path, database);
    this.#options = options;
  }

  commit(change: Signed): Promise<Outcome> {
    return this.#enqueue(() => this.#statements.run(applyChange(change)), { change });
  }

  note(note: Note): void {
    if (note.op === "session") this.#sessionNotes.set(note.session.id, note.session);
    else if (note.op !== "session-end") this.#notes.push(note);
    // Most uploads end before their beginning was stored, and then never are.
    else if (this.#sessionNotes.get(note.id) === undefined) this.#sessionNotes.set(note.id, undefined);
    else this.#sessionNotes.delete(note.id);
    this.#plan();
  }

  /** Not a note: collection may just be ending the link, which reads do not see yet. */
  renew(repo: string, digest: string, lease: number): Promise<boolean> {
    return this.#enqueue(() => {
      this.#statements.rows(noteStep({ op: "lease", repo, digest, lease }));
      return this.#statements.rows(step("SELECT 1 FROM link WHERE repo = ? AND digest = ?", repo, digest)).length > 0;
    });
  }

  async flush(): Promise<void> {
    if (this.#notes.length > 0 || this.#sessionNotes.size > 0) await this.#enqueue(() => undefined);
  }

  override session(id: string): Awaitable<SessionRecord | undefined> {
    for (const noted of [this.#sessionNotes, this.#storing]) if (noted.has(id)) return noted.get(id);
    return super.session(id);
  }

  // What marks and purges do may be lost with the power: no bytes are removed before what comes later is on the disk.
  mark(now: number, after: LinkKey | undefined, limit: number): Promise<Marked> {
    return this.#enqueue(() => this.#statements.run(markSlice({ now, after, limit })), { lasting: false });
  }

  dropEvent(id: number): Promise<void> {
    return this.#enqueue(() => this.#statements.run(dropEvent(id)), { lasting: false });
  }

  forget(digest: string): Promise<boolean> {
    return this.#enqueue(() => this.#statements.run(forgetBlob(digest)));
  }

  purge(before: number, limit: number): Promise<number> {
    return this.#enqueue(() => this.#statements.run(purgeManifests(before, limit)), { lasting: false });
  }

  #enqueue<T>(work: () => T, { lasting = true, change }: { lasting?: boolean; change?: Signed } = {}): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ work, resolve, reject, lasting, ...(change === undefined ? {} : { change }) });
    this.#scheduled ??= setImmediate(() => this.#start());
    return promise;
  }

  /** What comes while one batch is stored is the next batch. */
  #start(): void {
    this.#settleTimers();
    this.#running ??= this.#runAll();
  }

  async #runAll(): Promise<void> {
    do {
      this.#settleTimers();
      await this.#runBatch();
      await this.#checkpoints?.afterBatch();
    } while (this.#waiting.length > 0);
    this.#running = undefined;
    if (this.#notes.length > 0 || this.#sessionNotes.size > 0) this.#plan();
  }

  #plan(): void {
    this.#timer ??= setTimeout(() => this.#start(), this.#options.noteDelayMs ?? 1000).unref();
  }

  /** Runs everything that waits in one transaction: all of it lasts, or none. */
  async #runBatch(): Promise<void> {
    const waiting = this.#waiting;
    const notes = [...this.#notes, ...Array.from(this.#sessionNotes, toNote)];
    this.#storing = this.#sessionNotes;
    [this.#waiting, this.#notes, this.#sessionNotes] = [[], [], new Map()];
    if (waiting.length === 0 && notes.length === 0) return;
    try {
      const outcomes = await this.#transact(waiting, notes);
      for (const [index, { resolve }] of waiting.entries()) resolve(outcomes[index] as never);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    } finally {
      this.#storing = new Map();
    }
  }

  #settleTimers(): void {
    clearImmediate(this.#scheduled);
    clearTimeout(this.#timer);
    this.#scheduled = undefined;
    this.#timer = undefined;
  }

  async #transact(waiting: readonly Waiting[], notes: readonly Note[]): Promise<unknown[]> {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      // Notes first: collection must not end a link whose lease somebody was just promised.
      for (const note of notes) this.#statements.rows(noteStep(note));
      const outcomes = waiting.map(({ work }) => work());
      const lines = waiting.flatMap(({ change }, index) =>
        change !== undefined && (outcomes[index] as Outcome).kind === "done" ? [formatRecord(change)] : [],
      );
      // The journal comes first: what is in it and not in the database was never acknowledged, and does no harm.
      if (lines.length > 0) await this.#options.journal?.appendJournal(lines);
      this.#database.exec("COMMIT");
      this.#kept.clear();
      // Notes may be lost.
      if (waiting.some(({ lasting }) => lasting)) await this.#log?.sync();
      return outcomes;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#start();
    await this.#running;
    this.#settleTimers();
    await this.#checkpoints?.[Symbol.asyncDispose]();
    await this.#log?.[Symbol.asyncDispose]();
    if (this.#reader !== this.#database) this.#reader.close();
    this.#database.close();
  }
}

/** The name that SQLite has for a database without a file. */
const MEMORY = ":memory:";

/** Runs steps, each as a statement that is prepared once. */
class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  rows({ sql, values, lock = false }: Step): readonly Row[] {
    if (lock) return [];
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known.all(...values);
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement.all(...values);
  }

  run<T>(work: Work<T>): T {
    let next = work.next();
    while (next.done !== true) next = work.next(next.value.map((each) => this.rows(each)));
    return next.value;
  }
}

function toNote([id, session]: readonly [string, SessionRecord | undefined]): Note {
  return session === undefined ? { op: "session-end", id } : { op: "session", session };
}

function closedError(): TeuError<RegistryServerErrorCode> {
  return new TeuError("ERR_REGISTRY_BUSY", "Changing registry metadata: it is closed");
}
