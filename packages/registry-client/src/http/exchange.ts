/**
 * One request and its answer, without redirects, retries or credentials. Two ways to do it stand behind this interface:
 * `fetch-exchange.ts`, which runs anywhere, and `node-exchange.ts`, which has time-outs, certificates and proxies.
 * @module
 */
import type { ByteStream } from "@teu/content/store";
import type { ByteSource } from "@teu/std/streams";
import type { Reach } from "./address.ts";

/** A request. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | ByteSource | undefined;
  /** Length of the body in bytes, where known; without it a stream goes out in chunks. */
  readonly bodyBytes?: number | undefined;
  /** False for a body of which the other side may keep a part when the connection breaks. Default: true. */
  readonly repeatable?: boolean | undefined;
  /** How far inside of networks the address may lie. Not every way to exchange can look. Default: anywhere. */
  readonly reach?: Reach | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The headers of an answer; `Headers` of `fetch` are such. */
export interface AnswerHeaders {
  /** The value of a header, several joined by commas; null if there is none. */
  get(name: string): string | null;
}

/** An answer whose body is still to come. The body has to be read to its end, left early, or discarded. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /**
   * Chunks as they arrive, each the reader's own. Throws `ERR_NETWORK` where the connection breaks before the end that
   * the headers promise, and `ERR_NETWORK_TIMEOUT` where nothing comes for too long.
   */
  readonly body: ByteStream;
  /** Address of the other side, where known. */
  readonly address?: string | undefined;
  /** Frees the connection without reading the body. */
  readonly discard: () => Promise<void>;
}

/**
 * Sends a request and waits for the headers of the answer, of whatever status.
 * @throws TeuError `ERR_NETWORK`, `ERR_NETWORK_TIMEOUT`, `ERR_TLS`, `ERR_PROXY`, `ERR_ADDRESS_REFUSED`; the reason of the
 * signal; and whatever the body throws, as it is.
 */
export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>;
