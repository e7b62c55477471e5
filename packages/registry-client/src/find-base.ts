/**
 * Finds out whether a registry that may go without TLS has it.
 * @module
 */
import { isTeuError } from "@teu/std/error";
import { retry } from "@teu/std/retry";
import { reachOf } from "./http/address.ts";
import type { Exchange } from "./http/exchange.ts";
import type { RetrySettings } from "./passing.ts";

/** How to ask. */
export interface FindBaseOptions {
  readonly exchange: Exchange;
  /** How a registry that is not there yet is asked again. */
  readonly retry?: RetrySettings | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The address of the registry at `host`, which may go without TLS: with TLS, if it answers so. On this machine, where nobody
 * listens in on the way and most do without, the other way round.
 * @throws TeuError `ERR_NETWORK`, `ERR_TLS` where it answers neither way, and what an exchange throws.
 */
export async function findBase(host: string, { exchange, signal, ...options }: FindBaseOptions): Promise<URL> {
  const bases = [new URL(`https://${host}`), new URL(`http://${host}`)];
  if (isLoopback(host)) bases.reverse();
  return await retry(async () => await firstThere(bases, exchange, signal), {
    ...options.retry,
    retryable: (error) => isTeuError(error, "ERR_NETWORK"),
    signal,
  });
}

/** Tells whether a host, with a port or not, is this machine. */
export function isLoopback(host: string): boolean {
  return reachOf(new URL(`http://${host}`).hostname) === "loopback";
}

/** The first address with a registry. Of a host that nobody listens at, what the second way fails with says nothing. */
async function firstThere(bases: readonly URL[], exchange: Exchange, signal?: AbortSignal): Promise<URL> {
  let failure: unknown;
  for (const base of bases) {
    try {
      const answer = await exchange({
        method: "GET",
        url: new URL("/v2/", base),
        headers: { "user-agent": "teu" },
        signal,
      });
      await answer.discard();
      // What most servers with TLS say to a request without it.
      if (base.protocol === "https:" || answer.status !== 400) return base;
    } catch (error) {
      if (!isTeuError(error, "ERR_TLS") && !isTeuError(error, "ERR_NETWORK")) throw error;
      if (!isRefusal(failure)) failure = error;
    }
  }
  throw failure;
}

function isRefusal(error: unknown): boolean {
  const detail = isTeuError(error) ? (error.detail as { readonly code?: string }) : {};
  return detail.code === "ECONNREFUSED";
}
