/**
 * Requests to the registry that is judged, as plain as can be: nothing is retried, mended or followed unless a check asks
 * for it. Credentials are given where the registry asks for them.
 * @module
 */
import { findBearer, findChallenge, parseChallenges } from "@teu/spec/distribution/challenge";
import { parseToken } from "@teu/spec/distribution/token";
import { formatTokenQuery } from "@teu/spec/distribution/token-request";
import { TeuError } from "@teu/std/error";
import type { CertifyErrorCode } from "../errors.ts";

/** Who asks. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A request. Header names in any case; the body is sent whole, with its length. */
export interface Request {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** An answer, read to its end. */
export interface Answer {
  readonly request: Request;
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Answers requests; `fetch` does, and so do the fakes of tests. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** How to reach a registry. */
export interface ExchangeOptions {
  readonly credentials?: Credentials;
  readonly fetch?: Fetch;
  readonly signal?: AbortSignal;
  /** Longest answer that is read, in bytes. Default: 64 MiB. */
  readonly maxAnswerBytes?: number;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** Sends requests to one registry and remembers what it wants for authorisation. */
export class Exchange {
  readonly base: URL;
  readonly #options: ExchangeOptions;
  readonly #fetch: Fetch;
  /** Values of `Authorization` by what the registry asked with. */
  readonly #granted = new Map<string, string>();

  /** @throws TeuError `ERR_CERTIFY_ADDRESS` */
  constructor(address: string, options: ExchangeOptions = {}) {
    this.base = parseAddress(address);
    this.#options = options;
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
  }

  /** Sends a request; `target` is a path or a whole address. One that is refused for want of credentials is sent again. */
  async send(target: string | URL, request: Request): Promise<Answer> {
    const url = new URL(target, this.base);
    const first = await this.#sendOnce(url, request);
    if (first.status !== 401 || "authorization" in (request.headers ?? {})) return first;
    const second = await this.#sendGranted(first);
    if (second.status !== 401) return second;
    // A token that was kept may have expired.
    this.#granted.clear();
    return await this.#sendGranted(first);
  }

  async #sendGranted(first: Answer): Promise<Answer> {
    const { url, request } = first;
    const authorization = await this.#authorize(first);
    if (authorization === undefined) return first;
    return await this.#sendOnce(url, { ...request, headers: { ...request.headers, authorization } });
  }

  async #sendOnce(url: URL, request: Request): Promise<Answer> {
    const { method, headers = {}, body } = request;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = this.#options.signal === undefined ? timeout : AbortSignal.any([timeout, this.#options.signal]);
    try {
      const bytes = body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> };
      const response = await this.#fetch(url, { method, headers, redirect: "manual", signal, ...bytes });
      return { request, url, status: response.status, headers: response.headers, body: await this.#read(response) };
    } catch (cause) {
      this.#options.signal?.throwIfAborted();
      if (cause instanceof TeuError) throw cause;
      throw unreachable(method, url, cause);
    }
  }

  async #read(response: Response): Promise<Uint8Array> {
    const max = this.#options.maxAnswerBytes ?? MAX_ANSWER_BYTES;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > max) throw answerError(response.url, `more than ${max} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** The value of `Authorization` that the challenge of `answer` asks for. */
  async #authorize({ url, headers }: Answer): Promise<string | undefined> {
    const challenge = headers.get("www-authenticate") ?? "";
    const known = this.#granted.get(challenge);
    if (known !== undefined) return known;
    const value = await this.#answerChallenge(challenge, url);
    if (value !== undefined) this.#granted.set(challenge, value);
    return value;
  }

  async #answerChallenge(challenge: string, url: URL): Promise<string | undefined> {
    const challenges = parseChallenges(challenge);
    const bearer = findBearer(challenges);
    if (bearer !== undefined) return `Bearer ${await this.#fetchToken(bearer, url)}`;
    if (findChallenge(challenges, "Basic") === undefined) return undefined;
    return this.#basic;
  }

  get #basic(): string | undefined {
    const { credentials } = this.#options;
    if (credentials === undefined) return undefined;
    return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  }

  async #fetchToken(bearer: NonNullable<ReturnType<typeof findBearer>>, from: URL): Promise<string> {
    const realm = new URL(bearer.realm, from);
    if (realm.protocol !== "http:" && realm.protocol !== "https:") throw refused(realm, "the realm is no address");
    const account = this.#options.credentials?.username;
    const query = formatTokenQuery({ ...bearer, ...(account === undefined ? {} : { account }) });
    for (const [name, value] of query) realm.searchParams.append(name, value);
    const authorization = this.#basic;
    const headers = authorization === undefined ? {} : { authorization };
    const { status, body } = await this.#sendOnce(realm, { method: "GET", headers });
    if (status !== 200) throw refused(realm, `status ${status}`);
    return parseToken(body).token;
  }
}

function parseAddress(address: string): URL {
  const url = URL.parse(address.includes("://") ? address : `https://${address}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "") {
    throw new TeuError<CertifyErrorCode>(
      "ERR_CERTIFY_ADDRESS",
      `Reading registry ${JSON.stringify(address)}: no address, expected such as https://registry.example`,
      { hint: "Give credentials by options, not in the address" },
    );
  }
  return url;
}

function unreachable(method: string, url: URL, cause: unknown): TeuError<CertifyErrorCode> {
  const reason =
    cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : String(cause);
  return new TeuError("ERR_CERTIFY_UNREACHABLE", `Asking ${method} ${url.href}: ${reason}, expected an answer`, {
    cause,
    hint: "Say http:// for a registry without TLS; see whether it runs",
  });
}

function refused(realm: URL, problem: string): TeuError<CertifyErrorCode> {
  return new TeuError("ERR_CERTIFY_REFUSED", `Getting a token of ${realm.origin}: ${problem}, expected a token`, {
    hint: "Check user name and password",
  });
}

function answerError(url: string, problem: string): TeuError<CertifyErrorCode> {
  return new TeuError("ERR_CERTIFY_ANSWER", `Reading the answer of ${url}: ${problem}, expected less`);
}
