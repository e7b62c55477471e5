/**
 * Checks passwords off the event loop, and remembers for a short time which were right.
 * @module
 */
import { createHmac, randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import { refusal } from "../answers.ts";
import type { Users } from "./htpasswd.ts";

/** How long a right password is remembered, in milliseconds. */
const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 10_000;
/** Passwords that may wait for the thread. */
const MAX_WAITING = 64;
/** After how long without work the thread ends, which has some 10 MB of memory. */
const IDLE_MS = 5000;
// Compared with where there is no such user, so that the time of the answer does not tell.
const NOBODY = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8.iVsFsqbtBGWeXUXhCzLMnpoWLGVK";

/** A password to compare with a hash. */
interface CompareOrder {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

/**
 * What the thread does. It is JavaScript: for a file of TypeScript, Node would load its compiler into the thread, which
 * takes more memory than the rest of the registry.
 */
const THREAD = `
  const { parentPort, workerData } = require("node:worker_threads");
  const bcrypt = import(workerData);
  parentPort.on("message", async ({ id, password, hash }) => {
    const { default: { compareSync } } = await bcrypt;
    parentPort.postMessage({ id, matches: compareSync(password, hash) });
  });
`;

/** Checks passwords against users, who may be replaced. Its thread starts with the first check. */
export class PasswordCheck implements AsyncDisposable {
  #users: Users;
  readonly #now: () => number;
  readonly #idleMs: number;
  readonly #key = randomBytes(32);
  readonly #remembered = new Map<string, number>();
  readonly #waiting = new Map<number, PromiseWithResolvers<boolean>>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(users: Users, now: () => number = Date.now, idleMs: number = IDLE_MS) {
    this.#users = users;
    this.#now = now;
    this.#idleMs = idleMs;
  }

  /** New users. Everything remembered is forgotten. */
  replaceUsers(users: Users): void {
    this.#users = users;
    this.#remembered.clear();
  }

  /** The hash of a user; nothing if there is none. */
  hashOf(user: string): string | undefined {
    return this.#users.get(user);
  }

  /**
   * Tells whether `password` is that of `user`.
   * @throws Refusal `TOOMANYREQUESTS` if too many wait.
   */
  async check(user: string, password: string): Promise<boolean> {
    const key = this.#keyOf(user, password);
    if ((this.#remembered.get(key) ?? 0) > this.#now()) return true;
    const hash = this.#users.get(user);
    const matches = await this.#compare(password, hash ?? NOBODY);
    // The users may have been replaced while the thread worked.
    if (!matches || hash === undefined || this.#users.get(user) !== hash) return false;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, this.#now() + REMEMBER_MS);
    return true;
  }

  #keyOf(user: string, password: string): string {
    return createHmac("sha256", this.#key).update(`${user}\n${password}`).digest("base64");
  }

  #compare(password: string, hash: string): Promise<boolean> {
    if (this.#waiting.size >= MAX_WAITING) throw refusal("TOOMANYREQUESTS", "too many passwords wait to be checked");
    const turn = Promise.withResolvers<boolean>();
    const order: CompareOrder = { id: (this.#count += 1), password, hash };
    this.#waiting.set(order.id, turn);
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(order);
    return turn.promise;
  }

  #start(): Worker {
    const worker = new Worker(THREAD, {
      eval: true,
      workerData: import.meta.resolve("bcryptjs"),
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    worker.on("message", ({ id, matches }: { readonly id: number; readonly matches: boolean }) => {
      this.#waiting.get(id)?.resolve(matches);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#rest(worker);
    });
    worker.on("error", (error) => this.#fail(error));
    return worker;
  }

  #rest(worker: Worker): void {
    worker.unref();
    this.#idle = setTimeout(() => {
      this.#worker = undefined;
      void worker.terminate();
    }, this.#idleMs).unref();
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#worker = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
    this.#fail(new Error("Checking a password: the registry is closing"));
  }
}
