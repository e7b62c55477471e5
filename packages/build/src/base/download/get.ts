/**
 * One request for a file: over HTTP by the proxy that is set for it, or from the disk. Redirects are followed, never from TLS
 * to none; credentials go to the host that they are for alone.
 * @module
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { fileURLToPath } from "node:url";
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";

/** How a file is asked for. */
export interface GetOptions {
  /** Offset of the first byte. Default: 0. */
  readonly start?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer; its body must be read or let go. */
export interface GetAnswer {
  /** 200, or 206 from `start` on; any other is a failure. A file that is not there is 404. */
  readonly status: number;
  /** Bytes that are to come, if that is known. */
  readonly bytes: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets a body go that nobody reads. */
  readonly close: () => void;
}

/** Asks for a file. @throws TeuError `ERR_DOWNLOAD` if there is no answer. */
export type Get = (url: URL, options?: GetOptions) => Promise<GetAnswer>;

/** What requests go by. */
export interface GetSettings {
  /** Addresses of proxies, named as the variables of the environment: `http_proxy`, `https_proxy`, `no_proxy`. */
  readonly proxies?: Readonly<Record<string, string | undefined>>;
  /** Certificates of authorities in PEM. Default: those of Node. */
  readonly authorities?: string | undefined;
  /** False to accept any certificate. Default: true. */
  readonly verifiesTls?: boolean;
  /** The header Authorization for a place. */
  readonly authorize?: (url: URL) => string | undefined;
  /** Longest silence. Default: 60,000. */
  readonly stallMs?: number;
}

const MAX_REDIRECTS = 10;
const DEFAULT_STALL_MS = 60_000;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** A {@link Get} by settings. Its connections are not kept, so nothing has to be closed. */
export function makeGet(settings: GetSettings = {}): Get {
  const client = new Client(settings);
  return async (url, options = {}) =>
    url.protocol === "file:" ? await readLocal(url, options) : client.get(url, options);
}

async function readLocal(url: URL, { start = 0 }: GetOptions): Promise<GetAnswer> {
  const path = fileURLToPath(url);
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
  if (size === undefined) return { status: 404, bytes: 0, body: emptyBody(), close: () => {} };
  const body = createReadStream(path, { start, highWaterMark: 256 * 1024 });
  return { status: start > 0 ? 206 : 200, bytes: size - start, body, close: () => body.destroy() };
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

class Client {
  readonly #settings: GetSettings;
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent };

  constructor(settings: GetSettings) {
    this.#settings = settings;
    const proxyEnv = settings.proxies ?? {};
    const { authorities, verifiesTls = true } = settings;
    const tls = { rejectUnauthorized: verifiesTls, ...(authorities === undefined ? {} : { ca: authorities }) };
    this.#agents = { http: new HttpAgent({ proxyEnv }), https: new HttpsAgent({ proxyEnv, ...tls }) };
  }

  async get(url: URL, options: GetOptions): Promise<GetAnswer> {
    let at = url;
    for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
      const message = await this.#request(at, url, options);
      const { statusCode: status = 0, headers } = message;
      if (!REDIRECTS.includes(status) || headers.location === undefined) return answer(message, status);
      message.destroy();
      at = this.#follow(at, headers.location);
    }
    throw downloadFailed(url, `more than ${MAX_REDIRECTS} redirects`);
  }

  #follow(from: URL, location: string): URL {
    const to = URL.parse(location, from.href);
    const isSafe = to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:");
    if (to === null || !isSafe) throw downloadFailed(from, `a redirect to "${location}"`);
    return to;
  }

  #request(url: URL, first: URL, options: GetOptions): Promise<IncomingMessage> {
    const isTls = url.protocol === "https:";
    const authorization = url.host === first.host ? this.#settings.authorize?.(url) : undefined;
    const headers = {
      "user-agent": "teu",
      ...(options.start === undefined || options.start === 0 ? {} : { range: `bytes=${options.start}-` }),
      ...(authorization === undefined ? {} : { authorization }),
    };
    const { stallMs = DEFAULT_STALL_MS } = this.#settings;
    const target = new URL(url.href);
    target.username = "";
    target.password = "";
    return new Promise((resolve, reject) => {
      const settings = { headers, signal: options.signal, timeout: stallMs };
      const request = isTls
        ? requestHttps(target, { ...settings, agent: this.#agents.https })
        : requestHttp(target, { ...settings, agent: this.#agents.http });
      request.on("response", resolve);
      request.on("timeout", () => request.destroy(downloadFailed(url, `nothing came for ${stallMs} ms`)));
      request.on("error", (error) => reject(explain(error, url, options.signal)));
      request.end();
    });
  }
}

function explain(error: Error, url: URL, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  return error instanceof TeuError
    ? error
    : downloadFailed(url, error.message || String(Reflect.get(error, "code")), error);
}

function answer(message: IncomingMessage, status: number): GetAnswer {
  const length = message.headers["content-length"];
  return {
    status,
    bytes: length === undefined ? undefined : Number(length),
    body: message,
    close: () => message.destroy(),
  };
}

/** An error that tells why a file did not come. Credentials in the address are not told. */
export function downloadFailed(url: URL, problem: string, cause?: unknown): TeuError<BaseErrorCode> {
  return new TeuError("ERR_DOWNLOAD", `Downloading "${shown(url)}": ${problem}`, { cause });
}

function shown(url: URL): string {
  const bare = new URL(url.href);
  bare.username = "";
  bare.password = "";
  return bare.href;
}
