/**
 * Exchanges over the global `fetch`, for browsers and workers too. It has no way to look at addresses, to trust a CA of
 * one's own, or to use a proxy; `node-exchange.ts` has.
 * @module
 */
import type { ByteSource } from "@teu/std/streams";
import { networkError, timeoutError } from "./http-error.ts";
import type { Exchange, HttpAnswer, HttpRequest } from "./exchange.ts";
import { watchStalls } from "./stall.ts";

/** How to exchange. */
export interface FetchOptions {
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** How long to wait for the headers of an answer. Default: 60,000. */
  readonly headersTimeoutMs?: number;
  /** How long a body may be silent. Default: 60,000. */
  readonly stallTimeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Makes an exchange over `fetch`. */
export function fetchExchange(options: FetchOptions = {}): Exchange {
  return async (request) => await new FetchCall(request, options).run();
}

class FetchCall {
  readonly #request: HttpRequest;
  readonly #options: FetchOptions;
  readonly #controller = new AbortController();
  #bodyError: { readonly error: unknown } | undefined;

  constructor(request: HttpRequest, options: FetchOptions) {
    this.#request = request;
    this.#options = options;
  }

  async run(): Promise<HttpAnswer> {
    const { signal } = this.#request;
    signal?.throwIfAborted();
    const { headersTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const timer = setTimeout(() => this.#timeOut("no answer", headersTimeoutMs), headersTimeoutMs);
    try {
      const response = await this.#send();
      return {
        status: response.status,
        headers: response.headers,
        body: this.#read(response),
        discard: async () => await response.body?.cancel().catch(() => {}),
      };
    } catch (error) {
      throw this.#explain(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(): Promise<Response> {
    const { fetch: ask = fetch } = this.#options;
    const { method, url, headers, signal } = this.#request;
    const init: RequestInit & { duplex?: "half" } = {
      method,
      headers: { ...headers },
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      signal: signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal]),
    };
    const body = this.#body();
    if (body !== undefined) Object.assign(init, { body, duplex: "half" });
    const response = await ask(url, init);
    // Browsers do not show redirects. They follow them on their own, and leave credentials behind with the host.
    if (response.type !== "opaqueredirect" || body !== undefined) return response;
    return await ask(url, { ...init, redirect: "follow" });
  }

  #body(): Uint8Array<ArrayBuffer> | ReadableStream | undefined {
    const { body } = this.#request;
    if (body === undefined) return undefined;
    return body instanceof Uint8Array ? new Uint8Array(body) : ReadableStream.from(this.#watchBody(body));
  }

  async *#watchBody(body: ByteSource): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      this.#bodyError = { error };
      throw error;
    }
  }

  async *#read(response: Response): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    const { stallTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const stall = (): void => this.#timeOut("no further bytes", stallTimeoutMs);
    try {
      yield* watchStalls(chunksOf(response.body), stallTimeoutMs, stall);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #timeOut(what: string, limitMs: number): void {
    this.#controller.abort(timeoutError(this.#request.method, this.#request.url, what, limitMs));
  }

  #explain(error: unknown): unknown {
    const { signal, method, url } = this.#request;
    if (signal?.aborted === true) return signal.reason;
    if (this.#controller.signal.aborted) return this.#controller.signal.reason;
    return this.#bodyError === undefined ? networkError(method, url, error) : this.#bodyError.error;
  }
}

// Not every browser can iterate over a stream.
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
