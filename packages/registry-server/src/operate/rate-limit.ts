/**
 * How many requests one client may send: a bucket that fills steadily, from which each request takes one.
 * @module
 */
import { refuse } from "@teu/spec/distribution/wire-error";
import { answerProblem } from "../answers.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";

/** How to limit. */
export interface RateLimitOptions {
  /** How many, asked anew for each request; 0 for any number. What a client may send at once is ten seconds' worth. */
  readonly perSecond: () => number;
  /** Milliseconds. Default: a clock that never goes back. */
  readonly now?: () => number;
}

interface Bucket {
  left: number;
  at: number;
}

const MAX_CLIENTS = 100_000;
const BURST_SECONDS = 10;

/** Counts the requests of clients by their address. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();
  readonly #perSecond: () => number;
  readonly #now: () => number;

  constructor({ perSecond, now = () => performance.now() }: RateLimitOptions) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Counts a request, and answers it if it is one too many. */
  check({ client = "" }: RegistryRequest): Answer | undefined {
    const [now, perSecond] = [this.#now(), this.#perSecond()];
    if (perSecond <= 0) return undefined;
    const burst = perSecond * BURST_SECONDS;
    const bucket = this.#buckets.get(client) ?? { left: burst, at: now };
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    // The client that came last stands last, so that the first ones are those to forget.
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > MAX_CLIENTS) this.#forgetOldest();
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return undefined;
    }
    const seconds = Math.max(1, Math.ceil((1 - bucket.left) / perSecond));
    return answerProblem(refuse("TOOMANYREQUESTS", `again in ${seconds} s`), { "Retry-After": String(seconds) });
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
