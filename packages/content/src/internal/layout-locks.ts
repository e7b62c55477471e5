/**
 * The locks of a layout that is written to. They live in a folder of ours inside the layout, which the specification
 * allows and other tools leave alone:
 *
 * - `use.lock`: writers share it from before they put content until it has a name; the garbage collector has it alone.
 *   So nothing is swept that a writer relies on.
 * - `index.lock`: whoever changes index.json has it alone, from reading the file to replacing it. So no change is lost.
 *
 * The kernel frees the locks of a process that dies. They bind this program only: other tools do not know them.
 * @module
 */
import { join } from "node:path";
import { TeuError, isTeuError } from "@teu/std/error";
import { type FileLock, type LockOptions, lockFile } from "@teu/std/file-lock";
import { Semaphore } from "@teu/std/limit";
import type { ContentErrorCode } from "../errors.ts";
import { makeFolder } from "./make-folder.ts";

/** The folder of ours inside a layout. */
export const PRIVATE_FOLDER = ".teu";

/** How long to wait for a lock. */
export interface LockWait {
  /** In milliseconds. Default: without end. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The locks of one layout as one store uses them. */
export class LayoutLocks {
  readonly #layout: string;
  readonly #folder: string;
  // Those in this process queue here, because those who wait for the file ask for it again and again.
  readonly #indexTurn = new Semaphore(1);

  constructor(layout: string) {
    this.#layout = layout;
    this.#folder = join(layout, PRIVATE_FOLDER);
  }

  /** Keeps the garbage collector out until it is disposed of. @throws TeuError `ERR_LAYOUT_BUSY` */
  async use(wait: LockWait): Promise<FileLock> {
    return await this.#lock("use.lock", { ...wait, mode: "shared" });
  }

  /** Keeps every writer out until it is disposed of. @throws TeuError `ERR_LAYOUT_BUSY` */
  async collect(wait: LockWait): Promise<FileLock> {
    return await this.#lock("use.lock", wait);
  }

  /** Runs `work` while nobody else changes index.json. @throws TeuError `ERR_LAYOUT_BUSY` */
  async changeIndex<T>(work: () => Promise<T>, wait: LockWait): Promise<T> {
    using _turn = await this.#indexTurn.acquire(wait.signal);
    await using _lock = await this.#lock("index.lock", wait);
    return await work();
  }

  async #lock(name: string, options: LockOptions): Promise<FileLock> {
    makeFolder(this.#folder);
    try {
      return await lockFile(join(this.#folder, name), options);
    } catch (error) {
      if (!isTeuError(error, "ERR_LOCK_TIMEOUT")) throw error;
      const message = `Using image layout ${JSON.stringify(this.#layout)}: others were at work for more than ${options.timeoutMs} ms`;
      throw new TeuError<ContentErrorCode>("ERR_LAYOUT_BUSY", message, {
        cause: error,
        hint: "try again when they are done",
      });
    }
  }
}
