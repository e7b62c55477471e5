/**
 * `node:sqlite`, of which `@teu/std/file-lock` locks empty files: by the same bytes of them, so that this program and Node keep
 * each other out.
 * @see {@link https://www.sqlite.org/lockingv3.html}
 * @module
 */
import { O_CREAT, O_RDONLY, O_RDWR } from "@teu/kernel/files";
import { handOver } from "../hand-over.ts";
import { factsOf, openFile } from "./files.ts";

const PENDING_BYTE = 0x40000000;
const RESERVED_BYTE: number = PENDING_BYTE + 1;
const SHARED_FIRST: number = PENDING_BYTE + 2;
const SHARED_BYTES = 510;
const FREE = 0;
const SHARED = 1;
const ALONE = 2;
const BUSY = 5;

/** A file that is there to be locked. */
export class DatabaseSync implements Disposable {
  readonly #fd: number;
  #isOpen = true;
  isTransaction = false;

  constructor(path: string, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#fd = openFile(path, readOnly ? O_RDONLY : O_RDWR | O_CREAT, 0o644);
    if (factsOf({ fd: this.#fd }).size > 0) handOver("a lock on a file that is not empty");
  }

  exec(text: string): void {
    if (text === "ROLLBACK") return;
    const isAlone = text.includes("BEGIN EXCLUSIVE");
    if (!isAlone && !text.startsWith("BEGIN; SELECT")) handOver("a database");
    if (!(isAlone ? this.#lockAlone() : this.#lockShared()))
      throw Object.assign(new Error("database is locked"), { errcode: BUSY });
  }

  #lock(kind: number, from: number, bytes = 1): boolean {
    return sys_lock_range(this.#fd, kind, from, bytes) >= 0;
  }

  #lockShared(): boolean {
    if (!this.#lock(SHARED, PENDING_BYTE)) return false;
    const isLocked = this.#lock(SHARED, SHARED_FIRST, SHARED_BYTES);
    this.#lock(FREE, PENDING_BYTE);
    return isLocked;
  }

  #lockAlone(): boolean {
    const isLocked =
      this.#lock(ALONE, PENDING_BYTE) &&
      this.#lock(ALONE, RESERVED_BYTE) &&
      this.#lock(ALONE, SHARED_FIRST, SHARED_BYTES);
    if (!isLocked) this.#lock(FREE, PENDING_BYTE, 2 + SHARED_BYTES);
    return isLocked;
  }

  close(): void {
    if (this.#isOpen) sys_close(this.#fd);
    this.#isOpen = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
