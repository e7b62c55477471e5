/**
 * How much a repository may hold. Counting what it holds takes the longer the more there is, so that a count is kept for a
 * while and what is pushed is added to it. Nothing is refused on grounds of an old count; pushes that come at the same time
 * may together pass a quota by what they bring.
 * @module
 */
import { refusal } from "./answers.ts";
import type { Registry } from "./registry.ts";

/** For how long a count is kept, in milliseconds: what other nodes take counts only then. */
const KEPT_MS = 5000;
const MAX_COUNTS = 10_000;

interface Count {
  readonly at: number;
  /** With what was pushed since. */
  held: number;
}

/** The quotas of one registry. */
export class Quotas {
  readonly #registry: Registry;
  readonly #counts = new Map<string, Count>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /**
   * Takes `amount` more into a repository.
   * @throws Refusal `DENIED` if it would hold more than it may.
   */
  async admit(repo: string, thing: "bytes" | "tags", amount: number): Promise<void> {
    const { maxBytes, maxTags } = this.#registry.settings.rules(repo);
    const most = thing === "bytes" ? maxBytes : maxTags;
    if (most === undefined || amount === 0) return;
    const key = `${thing} ${repo}`;
    const kept = this.#counts.get(key);
    const isGood = kept !== undefined && this.#registry.now() - kept.at < KEPT_MS && kept.held + amount <= most;
    const count = isGood ? kept : await this.#count(repo, thing);
    const total = count.held + amount;
    if (total > most) throw refusal("DENIED", `the repository would have ${total} ${thing}, expected at most ${most}`);
    count.held = total;
    if (this.#counts.size >= MAX_COUNTS) this.#counts.clear();
    this.#counts.set(key, count);
  }

  async #count(repo: string, thing: "bytes" | "tags"): Promise<Count> {
    const usage = await this.#registry.metadata.usage(repo);
    return { at: this.#registry.now(), held: usage[thing] };
  }
}
