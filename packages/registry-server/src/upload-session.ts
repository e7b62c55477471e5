/**
 * One upload under way.
 * @module
 */
import type { Hasher } from "@teu/content/hash";
import { refusal } from "./answers.ts";
import type { SessionRecord } from "./metadata/metadata.ts";

/** What is known of an upload. */
export class UploadSession {
  readonly id: string;
  readonly repo: string;
  readonly algorithm: string;
  /** When it began; later for one that went on for long. */
  started: number;
  /** When a request for it came last. */
  touched: number;
  /** How many bytes are written. */
  offset = 0;
  /** Has taken in what is written; missing after a restart and where bytes were taken back. */
  hasher: Hasher | undefined;
  /** True if metadata has it, so that other nodes and later processes know of it. */
  recorded = true;
  #busy = false;

  constructor({ id, repo, algorithm, started }: SessionRecord) {
    this.id = id;
    this.repo = repo;
    this.algorithm = algorithm;
    this.started = started;
    this.touched = started;
  }

  /** True while a request changes it. */
  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Begins a change, which ends when the result is disposed of.
   * @throws Refusal `BLOB_UPLOAD_INVALID` if another one is under way.
   */
  enter(): Disposable {
    if (this.#busy) throw refusal("BLOB_UPLOAD_INVALID", "another request for this upload is under way");
    this.#busy = true;
    return { [Symbol.dispose]: () => void (this.#busy = false) };
  }

  /** Takes bytes back: the upload is as long as it was at `offset`. */
  rewind(offset: number): void {
    this.offset = offset;
    this.hasher = undefined;
  }
}
