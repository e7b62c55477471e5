/**
 * Tells hooks what happened, each event at least once and in its order. What a hook does not take is told again, later and
 * later; another hook does not wait for it.
 * @module
 */
import { createHmac } from "node:crypto";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Metadata, StoredEvent } from "../metadata/metadata.ts";
import type { EventKind } from "./event.ts";

/** Who is told of what. */
export interface Hook {
  /** Its events are kept under this name. */
  readonly name: string;
  /** Patterns of repositories. */
  readonly match: readonly string[];
  readonly events: readonly EventKind[];
  /** Address that events are posted to; or a file that they are added to as lines. */
  readonly url?: string | undefined;
  readonly file?: string | undefined;
  /** Reads the key that requests are signed with. Default: they are not. */
  readonly secret?: (() => Promise<string>) | undefined;
}

/** How to tell. */
export interface DispatcherOptions {
  readonly hooks: () => readonly Hook[];
  readonly metadata: Metadata;
  readonly onError: (error: unknown) => void;
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970. Default: the clock of the machine. */
  readonly now?: () => number;
  /** How often to look, in milliseconds. Default: 1000. */
  readonly everyMs?: number;
}

const PAGE = 100;
const TIMEOUT_MS = 10_000;
const LONGEST_WAIT_MS = 300_000;
/** An event that nobody took for so long is given up. */
const GIVE_UP_MS = 7 * 86_400_000;

/** Tells hooks until it is disposed of. */
export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #ending = new AbortController();
  readonly #failures = new Map<string, { count: number; next: number }>();
  readonly #work: Promise<void>;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#work = this.#run();
  }

  async #run(): Promise<void> {
    const { everyMs = 1000 } = this.#options;
    while (!this.#ending.signal.aborted) {
      await Promise.all(this.#options.hooks().map((hook) => this.#tell(hook).catch(this.#options.onError)));
      await sleep(everyMs, undefined, { signal: this.#ending.signal, ref: false }).catch(() => {});
    }
  }

  /** One node tells one hook at a time, so that the order holds. */
  async #tell(hook: Hook): Promise<void> {
    const { metadata } = this.#options;
    const failure = this.#failures.get(hook.name);
    if (failure !== undefined && Date.now() < failure.next) return;
    const lock = await metadata.locks?.acquire(`hook ${hook.name}`, false);
    if (metadata.locks !== undefined && lock === undefined) return;
    try {
      for (let events = await metadata.events(hook.name, PAGE); events.length > 0;) {
        for (const event of events) await this.#deliver(hook, event);
        if (events.length < PAGE || this.#ending.signal.aborted) break;
        events = await metadata.events(hook.name, PAGE);
      }
      this.#failures.delete(hook.name);
    } catch (error) {
      const count = (failure?.count ?? 0) + 1;
      this.#failures.set(hook.name, { count, next: Date.now() + Math.min(LONGEST_WAIT_MS, 1000 * 2 ** count) });
      throw error;
    } finally {
      await lock?.release();
    }
  }

  async #deliver(hook: Hook, event: StoredEvent): Promise<void> {
    this.#ending.signal.throwIfAborted();
    const old = (this.#options.now ?? Date.now)() - event.at > GIVE_UP_MS;
    if (old) this.#options.onError(new Error(`Telling hook "${hook.name}": given up after a week: ${event.body}`));
    else await (hook.file === undefined ? this.#post(hook, event) : append(hook.file, event.body));
    await this.#options.metadata.dropEvent(event.id);
  }

  async #post({ name, url = "", secret }: Hook, { body }: StoredEvent): Promise<void> {
    const key = await secret?.();
    const signature =
      key === undefined
        ? {}
        : { "x-teu-signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}` };
    const response = await (this.#options.fetch ?? fetch)(url, {
      method: "POST",
      headers: { "content-type": "application/cloudevents+json; charset=utf-8", ...signature },
      body,
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#ending.signal]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Telling hook "${name}": status ${response.status}, expected 2xx`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#work;
  }
}

async function append(path: string, line: string): Promise<void> {
  await using file = await open(path, "a", 0o640);
  await file.write(`${line}\n`);
  await file.datasync();
}
