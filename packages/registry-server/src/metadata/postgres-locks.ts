/**
 * Locks among nodes, kept by PostgreSQL for as long as the one connection stands that they were taken on.
 * @module
 */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import type { HeldLock, SharedLocks } from "./metadata.ts";

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 200;

/** Locks of one node. Its connection serves nothing that lasts. */
export class PostgresLocks implements SharedLocks {
  readonly #sql: Sql;
  /** Counts connections: a lock of an earlier one is lost. */
  #connection = 0;

  /** @param sql Has one connection, which is never closed while it rests. */
  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** To be called when the connection has ended. */
  lost(): void {
    this.#connection += 1;
  }

  async acquire(key: string, wait: boolean): Promise<HeldLock | undefined> {
    const [sql, number] = [this.#sql, numberOf(key)];
    for (let ms = FIRST_WAIT_MS; ; ms = Math.min(ms * 2, LONGEST_WAIT_MS)) {
      const connection = this.#connection;
      const [row] = await sql`SELECT pg_try_advisory_lock(${number}::bigint) AS taken`;
      if (row?.["taken"] === true) return this.#hold(number, connection);
      if (!wait) return undefined;
      await sleep(ms * (0.5 + Math.random()));
    }
  }

  #hold(number: string, connection: number): HeldLock {
    const sql = this.#sql;
    const isHeld = (): boolean => this.#connection === connection;
    return {
      get held() {
        return isHeld();
      },
      release: async () => {
        if (isHeld()) await sql`SELECT pg_advisory_unlock(${number}::bigint)`.catch(() => this.lost());
      },
    };
  }
}

/** The number of a key. Two keys with one number wait for each other without need, which does no harm. */
export function numberOf(key: string): string {
  return createHash("sha256").update(key).digest().readBigInt64BE().toString();
}
