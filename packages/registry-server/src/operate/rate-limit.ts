/**
 * How many requests one client may send: a bucket that fills steadily, from which each request takes one.
 * @module
 */
import { refuse } from "@teu/spec/distribution/wire-error";
import { answerProblem } from "../answers.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";

/** How to limit. */
export interface RateLimitOptions {
  readonly requestsPerSecond: number;
  /** What a client may send at once. Default: ten seconds' worth. */
  readonly burst?: number;
  /** Milliseconds. Default: a clock that never goes back. */
  readonly now?: () => number;
}

interface Bucket {
  left: number;
  at: number;
}

const MAX_CLIENTS = 100_000;

/** Counts the requests of clients by their address. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;

  constructor({ requestsPerSecond, burst = requestsPerSecond * 10, now = () => performance.now() }: RateLimitOptions) {
    this.#perSecond = requestsPerSecond;
    this.#burst = burst;
    this.#now = now;
  }

  /** Counts a request, and answers it if it is one too many. */
  check({ client = "" }: RegistryRequest): Answer | undefined {
    const now = this.#now();
    const bucket = this.#buckets.get(client) ?? { left: this.#burst, at: now };
    bucket.left = Math.min(this.#burst, bucket.left + ((now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    // The client that came last stands last, so that the first ones are those to forget.
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > MAX_CLIENTS) this.#forgetOldest();
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return undefined;
    }
    const seconds = Math.max(1, Math.ceil((1 - bucket.left) / this.#perSecond));
    return answerProblem(refuse("TOOMANYREQUESTS", `again in ${seconds} s`), { "Retry-After": String(seconds) });
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
