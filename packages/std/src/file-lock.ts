/**
 * Locks between processes that the kernel frees when their holder dies. Node cannot lock files itself, but the SQLite
 * inside it can, and does so on an empty database too: ADR 0006 has the reasons and the limits.
 *
 * - Only for a local file system. Over a network they hold as well as its `fcntl` locks do, which is often not at all.
 * - The lock file is for locking alone. It stays empty, and must not be opened by other means in a process that uses it
 *   (closing it would free the lock), nor be removed or renamed while anybody may want it.
 * - Who waits asks again every now and then, so it is no queue: under constant load by holders of shared locks, who wants
 *   an exclusive one may wait for long.
 * @module
 */
import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { sleep } from "./abort.ts";
import { TeuError } from "./error.ts";
import type { StdErrorCode } from "./errors.ts";

/** Exclusive locks exclude all others; shared ones exclude exclusive ones. */
export type LockMode = "exclusive" | "shared";

/** How to lock. */
export interface LockOptions {
  /** Default: `exclusive`. */
  readonly mode?: LockMode;
  /** How long to wait for others, in milliseconds; 0 asks once. Default: without end. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** From 0 up to, not including, 1. Default: `Math.random`. */
  readonly random?: () => number;
}

// Keeps locks from being freed with their handle when nobody refers to that any more.
const held = new Set<FileLock>();

/**
 * Waits for the lock on the file at `path`, which is made if it is missing. Locks taken in one process exclude each other
 * like those of several, so a process that waits for itself waits for ever.
 *
 *     await using lock = await lockFile("/var/lib/teu/lock", { timeoutMs: 10_000 });
 *
 * @throws TeuError `ERR_LOCK_TIMEOUT` when others have held it for `timeoutMs`.
 * @throws TeuError `ERR_LOCK_FAILED` if the file cannot be opened, made or locked, or is not empty.
 */
export async function lockFile(path: string, options: LockOptions = {}): Promise<FileLock> {
  const { mode = "exclusive", timeoutMs = Infinity, signal, random = Math.random } = options;
  signal?.throwIfAborted();
  using cleanup = new DisposableStack();
  const database = cleanup.use(openLockFile(path, mode));
  const deadlineMs = performance.now() + timeoutMs;
  for (let attempt = 0; !tryLock(database, path, mode); attempt += 1) {
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) throw timedOut(path, mode, timeoutMs);
    await sleep(Math.min(leftMs, random() * Math.min(LONGEST_WAIT_MS, 2 ** attempt)), signal);
  }
  cleanup.move();
  return new FileLock(path, mode, database);
}

const LONGEST_WAIT_MS = 32;

/** A lock that is held until it is disposed of or the process ends. */
export class FileLock implements AsyncDisposable {
  readonly path: string;
  readonly mode: LockMode;
  readonly #database: DatabaseSync;

  constructor(path: string, mode: LockMode, database: DatabaseSync) {
    this.path = path;
    this.mode = mode;
    this.#database = database;
    held.add(this);
  }

  /** Frees the lock. Once more does no harm. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (held.delete(this)) this.#database.close();
  }
}

function openLockFile(path: string, mode: LockMode): DatabaseSync {
  // Absolute, because SQLite takes names such as "file:x" and ":memory:" for something else.
  const file = resolve(path);
  // Loaded late: most programs that can lock never do.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  if (mode === "shared") {
    try {
      // Enough for a shared lock, and possible where others own the file.
      return new DatabaseSync(file, { readOnly: true });
    } catch {
      // It may be missing: opening it for writing makes it, or tells what is wrong.
    }
  }
  try {
    return new DatabaseSync(file);
  } catch (error) {
    throw failed(path, error);
  }
}

// A transaction that reads holds a shared lock. The journal stays in memory, or it would be left by a killed process.
const BEGIN: Readonly<Record<LockMode, string>> = {
  exclusive: "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE",
  shared: "BEGIN; SELECT 1 FROM sqlite_schema",
};

const SQLITE_BUSY = 5;

/** Tells whether the lock could be had. */
function tryLock(database: DatabaseSync, path: string, mode: LockMode): boolean {
  try {
    database.exec(BEGIN[mode]);
    return true;
  } catch (error) {
    if (resultCode(error) !== SQLITE_BUSY) throw failed(path, error);
    if (database.isTransaction) database.exec("ROLLBACK");
    return false;
  }
}

/** The result code of SQLite, without what it adds in the higher bits. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
}

function failed(path: string, cause: unknown): TeuError<StdErrorCode> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TeuError("ERR_LOCK_FAILED", `Locking file "${path}": ${reason}, expected an empty file or none`, {
    cause,
  });
}

function timedOut(path: string, mode: LockMode, timeoutMs: number): TeuError<StdErrorCode> {
  const message = `Locking file "${path}": held by others for more than ${timeoutMs} ms, expected it to become free`;
  return new TeuError("ERR_LOCK_TIMEOUT", message, { detail: { mode, timeoutMs } });
}
