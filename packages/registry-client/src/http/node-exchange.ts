/**
 * Exchanges over sockets, with what `fetch` lacks: certificates of one's own, proxies, time-outs for each step, and a look
 * at where a name leads before anything is sent there. ADR 9 has the reasons and figures.
 * @module
 */
import type { LookupFunction } from "node:net";
import type { GrowingFile } from "@teu/content/growing-file";
import type { ByteStream } from "@teu/content/store";
import { bodyOf, discardBody, isReusable, nothing } from "./answer-body.ts";
import type { AnswerHead } from "./answer-head.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { Connection, Patience } from "./connection.ts";
import type { Exchange, HttpAnswer, HttpRequest } from "./exchange.ts";
import { networkError, timeoutError } from "./http-error.ts";
import { Outgoing } from "./outgoing.ts";
import type { ProxyChoice } from "./proxy.ts";
import type { TlsOptions } from "./tls-context.ts";
import { type Way, wayOf } from "./way.ts";

/** How to exchange. Times are in milliseconds. */
export interface NodeExchangeOptions {
  /** Until there is a connection, TLS included. Default: 30,000. */
  readonly connectTimeoutMs?: number;
  /** From the end of a request to the headers of its answer; some registries store for long. Default: 300,000. */
  readonly headersTimeoutMs?: number;
  /** How long a body may be silent, either way. Default: 60,000. */
  readonly stallTimeoutMs?: number;
  readonly tls?: TlsOptions;
  /** Says which proxy an address goes through. Default: none. */
  readonly proxy?: ProxyChoice;
  readonly lookup?: LookupFunction;
}

/** Exchanges that share a pool of connections. Idle ones do not keep the process alive. */
export class NodeExchange implements Disposable {
  readonly #settings: Settings;
  readonly #pool: ConnectionPool;

  constructor(options: NodeExchangeOptions = {}) {
    this.#settings = { ...DEFAULTS, ...options };
    this.#pool = new ConnectionPool(options.tls);
  }

  /** See {@link Exchange}. */
  readonly exchange: Exchange = async (request) => await new NodeCall(request, this.#settings, this.#pool).run();

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }
}

const DEFAULTS = { connectTimeoutMs: 30_000, headersTimeoutMs: 300_000, stallTimeoutMs: 60_000 };
// What may be asked twice; RFC 9110, section 9.2.2.
const REPEATABLE: readonly string[] = ["GET", "HEAD", "PUT", "DELETE"];
// The longest that timers know.
const FOREVER_MS = 2 ** 31 - 1;

type Settings = typeof DEFAULTS & NodeExchangeOptions;

/** A body that goes into a file. */
interface ReceivedBody {
  readonly file: GrowingFile;
  /** In bytes. */
  readonly length: number;
  readonly onBytes: ((bytes: number) => void) | undefined;
}

class NodeCall {
  readonly #request: HttpRequest;
  readonly #settings: Settings;
  readonly #pool: ConnectionPool;
  readonly #way: Way;
  readonly #outgoing: Outgoing;
  #hasAnswer = false;
  #isSent = false;
  #answerTimer: NodeJS.Timeout | undefined;
  #release: (servesAgain: boolean) => void = () => {};

  constructor(request: HttpRequest, settings: Settings, pool: ConnectionPool) {
    this.#request = request;
    this.#settings = settings;
    this.#pool = pool;
    this.#way = wayOf(request, settings.proxy?.(request.url), settings.lookup);
    this.#outgoing = new Outgoing(request, this.#way);
  }

  async run(): Promise<HttpAnswer> {
    this.#request.signal?.throwIfAborted();
    const idle = this.#pool.takeIdle(this.#way.destination);
    try {
      if (idle === undefined) return await this.#over(await this.#connect());
      try {
        return await this.#over(idle);
      } catch (error) {
        if (!this.#wasStale(idle, error)) throw error;
        this.#release(false);
        return await this.#over(await this.#connect());
      }
    } catch (error) {
      this.#release(false);
      throw this.#explain(error);
    }
  }

  async #over(connection: Connection): Promise<HttpAnswer> {
    this.#hasAnswer = false;
    this.#isSent = false;
    this.#hold(connection);
    return this.#answer(connection, await this.#converse(connection));
  }

  /** Tells whether a kept connection was closed by the other side at the moment in which we used it again. */
  #wasStale(connection: Connection, error: unknown): boolean {
    const { method, body, repeatable = true, signal } = this.#request;
    if (connection.hasBegun || signal?.aborted === true || !REPEATABLE.includes(method)) return false;
    const canRepeat = body === undefined || (repeatable && body instanceof Uint8Array);
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return canRepeat && (code === "ECONNRESET" || code === "EPIPE");
  }

  async #connect(): Promise<Connection> {
    const { connectTimeoutMs } = this.#settings;
    const { signal } = this.#request;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(this.#timeout("no connection", connectTimeoutMs)), connectTimeoutMs);
    try {
      return await this.#pool.open(
        this.#way.destination,
        signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** Makes the connection ours until it is released. */
  #hold(connection: Connection): void {
    const { signal } = this.#request;
    const onAbort = (): void => connection.destroy(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#release = (servesAgain) => {
      this.#release = () => {};
      signal?.removeEventListener("abort", onAbort);
      if (servesAgain && this.#isSent) this.#pool.giveBack(this.#way.destination, connection);
      else connection.destroy();
    };
  }

  /** Sends the request and waits for the answer, which may come before all is sent. */
  async #converse(connection: Connection): Promise<AnswerHead> {
    this.#sendAll(connection).catch((error: unknown) => connection.destroy(error));
    try {
      return await connection.readHead({ limitMs: FOREVER_MS, error: () => undefined });
    } finally {
      this.#hasAnswer = true;
      clearTimeout(this.#answerTimer);
    }
  }

  async #sendAll(connection: Connection): Promise<void> {
    const { headersTimeoutMs } = this.#settings;
    const patience = this.#patience("nothing was taken of the body");
    await this.#outgoing.send(connection, { patience, isAnswered: () => this.#hasAnswer });
    if (this.#hasAnswer) return;
    this.#isSent = true;
    const waitNoLonger = (): void => connection.destroy(this.#timeout("no answer", headersTimeoutMs));
    this.#answerTimer = setTimeout(waitNoLonger, headersTimeoutMs);
  }

  #answer(connection: Connection, head: AnswerHead): HttpAnswer {
    const { status, headers } = head;
    const isBare = this.#request.method === "HEAD" || status === 204 || status === 304 || head.framing === 0;
    const answer = {
      status,
      headers,
      address: this.#way.proxy === undefined ? connection.socket.remoteAddress : undefined,
    };
    if (isBare) {
      this.#release(head.keepsOpen);
      return { ...answer, body: nothing(), discard: async () => {} };
    }
    const release = this.#release;
    return {
      ...answer,
      body: this.#body(connection, head),
      discard: async () => {
        if (this.#release !== release) return;
        // Who goes on sending would do so from a file that its owner takes for free.
        if (!this.#isSent) release(false);
        else void discardBody(connection, head).then(release);
      },
    };
  }

  #body(connection: Connection, head: AnswerHead): ByteStream {
    const { framing: length } = head;
    const chunks = this.#read(connection, head);
    if (typeof length !== "number" || !connection.receivesFiles) return chunks;
    return {
      [Symbol.asyncIterator]: () => chunks,
      intoFile: async (file, onBytes) => await this.#receive(connection, head, { file, length, onBytes }),
    };
  }

  async #receive(connection: Connection, head: AnswerHead, { file, ...body }: ReceivedBody): Promise<void> {
    let isWhole = false;
    try {
      this.#request.signal?.throwIfAborted();
      await connection.receiveInto(file, body, this.#patience("no further bytes"));
      isWhole = isReusable(head);
    } catch (error) {
      throw file.failure?.error === error ? error : this.#explain(error);
    } finally {
      this.#release(isWhole);
    }
  }

  async *#read(connection: Connection, head: AnswerHead): AsyncGenerator<Uint8Array, void, undefined> {
    let isWhole = false;
    try {
      this.#request.signal?.throwIfAborted();
      yield* bodyOf(connection, head, this.#patience("no further bytes"));
      isWhole = isReusable(head);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#release(isWhole);
    }
  }

  #patience(what: string): Patience {
    const { stallTimeoutMs } = this.#settings;
    return { limitMs: stallTimeoutMs, error: () => this.#timeout(what, stallTimeoutMs) };
  }

  #timeout(what: string, limitMs: number): unknown {
    return timeoutError(this.#request.method, this.#request.url, what, limitMs);
  }

  #explain(error: unknown): unknown {
    const { signal, method, url } = this.#request;
    if (signal?.aborted === true) return signal.reason;
    const { failure } = this.#outgoing;
    return failure === undefined ? networkError(method, url, error) : failure.error;
  }
}
