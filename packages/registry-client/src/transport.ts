/**
 * Requests to one registry as its clients want them made: with credentials that go nowhere else, redirects followed under
 * suspicion, failures that pass tried again, so many at a time, and answers of an unexpected status turned into errors.
 * @module
 */
import type { Scope } from "@teu/spec/distribution/scope";
import { Semaphore } from "@teu/std/limit";
import { type RetryEvent, retry } from "@teu/std/retry";
import { parseRetryAfter } from "@teu/std/retry-after";
import { type ByteSource, collect } from "@teu/std/streams";
import type { Authorizer } from "./auth/authorizer.ts";
import type { Exchange, HttpAnswer } from "./http/exchange.ts";
import { shownUrl } from "./http/http-error.ts";
import { beginningOf, holding } from "./internal/answer-use.ts";
import { AllowedAddresses } from "./internal/allowed-addresses.ts";
import { SAFE_METHODS, canRepeat, isRedirect, redirectError, redirectOf } from "./internal/redirect.ts";
import { statusError } from "./internal/status-error.ts";
import { WarningLog } from "./internal/warning-log.ts";
import { type BackOff, type RetrySettings, backOff, isPassing } from "./passing.ts";

/** How requests are made. */
export interface TransportOptions {
  readonly exchange: Exchange;
  /** Nothing for a registry that is asked without credentials. */
  readonly authorizer?: Authorizer | undefined;
  /** Path of the API at the registry. Default: `/v2` behind that of its address. */
  readonly apiPath?: string;
  /** Sent with every request to the registry itself, by name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `teu`. */
  readonly userAgent?: string;
  /** How failures that pass are tried again. Default: 5 attempts within a minute. */
  readonly retry?: RetrySettings;
  /** How many answers are read at a time, and how many bodies are sent. Default: 8 each. */
  readonly concurrency?: number;
  /** Most redirects in a row. Default: 5. */
  readonly maxRedirects?: number;
  /** Hosts, with port if not the usual one, that the registry may lead to wherever they lie and without TLS. */
  readonly allowedHosts?: readonly string[];
  /** Is told each warning of the registry once. */
  readonly onWarning?: (text: string, host: string) => void;
  /** Is told before a failed request is made again. */
  readonly onRetry?: (event: RetryEvent) => void;
  readonly nowMs?: () => number;
}

/** One request to the registry. */
export interface Call {
  readonly method: string;
  /** A path of the API with its query, which begins with `/v2`, or an address that the registry gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, or a stream that can be made anew for each attempt. */
  readonly body?: Uint8Array | (() => ByteSource) | undefined;
  readonly bodyBytes?: number | undefined;
  /** False for a body that can be sent once only, whose caller sees to failures. Default: true. */
  readonly repeatable?: boolean;
  /** What a token has to allow. */
  readonly scopes: readonly Scope[];
  /** The statuses that are answers; others become errors. */
  readonly expect: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** An answer of an expected status. */
export interface Answer extends HttpAnswer {
  /** Where it came from in the end. */
  readonly url: URL;
}

/** One of the addresses that a call is led to, and what is told there. */
interface Hop {
  readonly url: URL;
  /** Whether it is one of the registry itself. */
  readonly isOwn: boolean;
  readonly authorization: string | undefined;
}

const DEFAULT_CONCURRENCY = 8;
const DEFAULT_MAX_REDIRECTS = 5;

/** Makes requests to the registry at one address. */
export class Transport {
  /** Where the registry's API is, without the `/v2/`. */
  readonly base: URL;
  readonly #options: TransportOptions;
  readonly #reads: Semaphore;
  readonly #writes: Semaphore;
  readonly #warnings: WarningLog;
  readonly #addresses: AllowedAddresses;

  constructor(base: URL, options: TransportOptions) {
    const { concurrency = DEFAULT_CONCURRENCY } = options;
    this.base = base;
    this.#options = options;
    // Apart, so that a copy within the registry cannot wait for itself.
    this.#reads = new Semaphore(concurrency);
    this.#writes = new Semaphore(concurrency);
    this.#warnings = new WarningLog(base.host, options.onWarning);
    this.#addresses = new AllowedAddresses(base, options.allowedHosts);
  }

  /**
   * Makes a request.
   * @throws TeuError `ERR_REGISTRY_STATUS`, `ERR_UNAUTHORIZED`, `ERR_FORBIDDEN`, `ERR_RATE_LIMITED`, `ERR_REDIRECT`,
   * `ERR_ADDRESS_REFUSED`, and what an {@link Exchange} throws.
   */
  async send(call: Call): Promise<Answer> {
    if (call.repeatable === false) return await this.#attempt(call);
    return await this.repeat(() => this.#attempt(call), call.signal);
  }

  /** Does something again while it fails in a way that passes. */
  async repeat<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return await retry(work, {
      ...this.#options.retry,
      retryable: isPassing,
      signal,
      onRetry: (event) => this.#options.onRetry?.(event),
    });
  }

  /** Makes a request and reads the body of its answer, which may have `maxBytes`. A body that breaks off is asked for anew. */
  async fetch(
    call: Call,
    maxBytes: number,
  ): Promise<{ readonly answer: Answer; readonly bytes: Uint8Array<ArrayBuffer> }> {
    const what = `the answer to ${call.method} "${shownUrl(this.resolve(call.target))}"`;
    const attempt = async (): Promise<{ answer: Answer; bytes: Uint8Array<ArrayBuffer> }> => {
      const answer = await this.#attempt(call);
      return { answer, bytes: await collect(answer.body, { maxBytes, what, signal: call.signal }) };
    };
    return await this.repeat(attempt, call.signal);
  }

  /** Waits before what has broken off goes on: the longer the more often it has, and as long as the registry asks. */
  async backOff(failures: number, wait: BackOff = {}): Promise<void> {
    await backOff(this.#options.retry, failures, wait);
  }

  /** The whole address of a target. */
  resolve(target: string | URL): URL {
    if (target instanceof URL) return target;
    const { apiPath = `${this.base.pathname.replace(/\/$/, "")}/v2` } = this.#options;
    return new URL(target.replace(/^\/v2/, apiPath), this.base);
  }

  /** Tells whether an address is one of the registry itself, which may see its credentials. */
  isOwn(url: URL): boolean {
    return this.#addresses.isOwn(url);
  }

  /**
   * Refuses an address that an answer must not lead to.
   * @throws TeuError `ERR_ADDRESS_REFUSED`
   */
  checkAddress(url: URL): void {
    this.#addresses.check(url);
  }

  async #attempt(call: Call): Promise<Answer> {
    const slots = SAFE_METHODS.includes(call.method) ? this.#reads : this.#writes;
    const permit = await slots.acquire(call.signal);
    try {
      const answer = await this.#authorized(call);
      const isBare = call.method === "HEAD" || answer.status === 204;
      if (isBare) permit[Symbol.dispose]();
      return holding(answer, permit);
    } catch (error) {
      permit[Symbol.dispose]();
      throw error;
    }
  }

  async #authorized(call: Call): Promise<Answer> {
    const { authorizer } = this.#options;
    const url = this.resolve(call.target);
    const isOwn = this.isOwn(url);
    const header = isOwn ? await authorizer?.header(call.scopes, call.signal) : undefined;
    const answer = await this.#follow(call, url, header);
    if (answer.status !== 401 || !isOwn || authorizer === undefined) return await this.#judge(call, answer);
    const challenge = answer.headers.get("www-authenticate") ?? "";
    const again = this.isOwn(answer.url)
      ? await authorizer.challenged({ challenge, sent: header, scopes: call.scopes }, call.signal)
      : undefined;
    if (again === undefined || !canRepeat(call)) return await this.#judge(call, answer);
    await answer.discard();
    return await this.#judge(call, await this.#follow(call, url, again));
  }

  async #follow(call: Call, start: URL, authorization: string | undefined): Promise<Answer> {
    const { maxRedirects = DEFAULT_MAX_REDIRECTS } = this.#options;
    let url = start;
    let isTrusted = true;
    for (let hops = 0; ; hops += 1) {
      const isOwn = this.isOwn(url);
      if (!isOwn) this.checkAddress(url);
      // Once led away nothing secret is sent any more, even if the way leads back.
      isTrusted = isTrusted && isOwn;
      const answer = await this.#exchange(call, { url, isOwn, authorization: isTrusted ? authorization : undefined });
      if (!isRedirect(call, answer)) return answer;
      const next = redirectOf(call, answer);
      await answer.discard();
      if (hops >= maxRedirects) throw redirectError(call, url, `more than ${maxRedirects} redirects`);
      url = next;
    }
  }

  async #exchange(call: Call, { url, isOwn, authorization }: Hop): Promise<Answer> {
    const reach = isOwn ? undefined : this.#addresses.reachFor(url);
    const { userAgent = "teu" } = this.#options;
    const answer = await this.#options.exchange({
      method: call.method,
      url,
      headers: {
        "user-agent": userAgent,
        "accept-encoding": "identity",
        ...(isOwn ? this.#options.headers : {}),
        ...call.headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: typeof call.body === "function" ? call.body() : call.body,
      bodyBytes: call.bodyBytes,
      repeatable: call.repeatable,
      signal: call.signal,
      ...(reach === undefined ? {} : { reach }),
    });
    if (isOwn && answer.address !== undefined) this.#addresses.foundAt(answer.address);
    if (isOwn) this.#warnings.take(this.#hidden(answer.headers.get("warning") ?? ""));
    return { ...answer, url };
  }

  /** What a registry said, without what it was told itself. */
  #hidden(said: string): string {
    return this.#options.authorizer?.secrets.hide(said) ?? said;
  }

  async #judge(call: Call, answer: Answer): Promise<Answer> {
    if (call.expect.includes(answer.status)) return answer;
    const said = call.method === "HEAD" ? "" : new TextDecoder().decode(await beginningOf(answer));
    const retryAfter = answer.headers.get("retry-after") ?? "";
    const { nowMs = Date.now } = this.#options;
    throw statusError({
      method: call.method,
      url: answer.url,
      status: answer.status,
      expected: call.expect,
      body: new TextEncoder().encode(this.#hidden(said)),
      retryAfterMs: parseRetryAfter(retryAfter, nowMs()),
    });
  }
}
