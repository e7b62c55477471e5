/**
 * Requests to one bucket of an S3 server: signed, tried again where that may help, their faults told.
 * @module
 */
import { createHash } from "node:crypto";
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { RegistryServerErrorCode } from "../../errors.ts";
import { type S3Credentials, UNSIGNED_PAYLOAD, encodeName, presign, signHeaders } from "./signature.ts";
import { readElement } from "./xml.ts";

/** Where a bucket is and how it is reached. */
export interface S3Options {
  readonly bucket: string;
  /** Default: `us-east-1`. */
  readonly region?: string | undefined;
  /** Address of the server, such as `https://s3.example`. Default: that of AWS for the region. */
  readonly endpoint?: string | undefined;
  /** Whether the bucket stands in the path and not in the host. Default: true where there is an `endpoint`. */
  readonly pathStyle?: boolean | undefined;
  /** Asked for each request, so that keys may change. */
  readonly credentials: () => S3Credentials;
  /** What all names of objects begin with. Default: nothing. */
  readonly prefix?: string | undefined;
  /** How long an answer may let wait, in milliseconds. Default: 30,000. */
  readonly idleMs?: number | undefined;
  /** Milliseconds since 1970. Default: the clock of the machine. */
  readonly now?: () => number;
}

/** One request. */
export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Name of the object, without the prefix; empty for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Status codes that are no fault beside 2xx. */
  readonly expect?: readonly number[];
}

/** What comes back. Its body has to be read or destroyed. */
export interface S3Response {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: IncomingMessage;
}

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 50;
/** Longest document that is read, in bytes. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** A client of one bucket, whose connections stay open until it is disposed of. */
export class S3Client implements Disposable {
  readonly #options: S3Options;
  readonly #base: URL;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(options: S3Options) {
    this.#options = options;
    this.#base = baseOf(options);
    const Agent = this.#base.protocol === "https:" ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 128, scheduling: "lifo" });
  }

  /** The name of an object as a source to copy from. */
  sourceOf(key: string): string {
    return encodePath(`${this.#options.bucket}/${this.#options.prefix ?? ""}${key}`);
  }

  /** What all names begin with. */
  get prefix(): string {
    return this.#options.prefix ?? "";
  }

  /**
   * Sends a request, again if the server is busy or the connection broke.
   * @throws TeuError `ERR_REGISTRY_STORAGE` for status codes that are not expected.
   */
  async send(request: S3Request): Promise<S3Response> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#attempt(request).catch((error: unknown) => {
        if (attempt >= ATTEMPTS) throw storageError(request, String(error), error);
      });
      if (response !== undefined) {
        const { status } = response;
        if (status < 300 || request.expect?.includes(status) === true) return response;
        const text = await readText(response);
        if (attempt >= ATTEMPTS || !(status >= 500 || status === 429 || status === 409))
          throw faultOf(request, status, text);
      }
      await sleep(FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }

  /** Sends a request and reads the document that answers it. An answer of status 200 may hold a fault too. */
  async sendForText(request: S3Request): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const text = await readText(await this.send(request));
      if (!/<Error>/.test(text.slice(0, 1000))) return text;
      if (attempt >= ATTEMPTS) throw faultOf(request, 200, text);
    }
  }

  /** Sends a request whose answer says nothing but its status. */
  async sendForStatus(request: S3Request): Promise<number> {
    const response = await this.send(request);
    await readText(response);
    return response.status;
  }

  /** Reads an object whole. */
  async read(key: string): Promise<Buffer> {
    const { body } = await this.send({ method: "GET", key });
    return buffer(body);
  }

  /** An address under which whoever has it can GET an object for `seconds`. */
  addressOf(key: string, seconds: number): URL {
    return presign(this.#urlOf({ method: "GET", key }), seconds, this.#signing());
  }

  #signing(): { credentials: S3Credentials; region: string; now: number } {
    const { credentials, region = "us-east-1", now = Date.now } = this.#options;
    return { credentials: credentials(), region, now: now() };
  }

  #urlOf({ key, query = {} }: S3Request): URL {
    const url = new URL(this.#base);
    url.pathname += key === "" ? "" : encodePath(this.prefix + key);
    // The server reads the query as it is signed: with %20 and never with a plus sign.
    url.search = Object.entries(query)
      .map((pair) => pair.map(encodeName).join("="))
      .join("&");
    return url;
  }

  #attempt(request: S3Request): Promise<S3Response> {
    const { method, headers = {}, body } = request;
    const url = this.#urlOf(request);
    // TLS protects bodies already; hashing them a second time would cost as much as all the rest.
    const payload = url.protocol === "https:" ? UNSIGNED_PAYLOAD : hashOf(body);
    const length =
      body === undefined && method !== "PUT" && method !== "POST"
        ? {}
        : { "content-length": String(body?.length ?? 0) };
    const signed = signHeaders({ method, url, headers: { ...headers, ...length } }, payload, this.#signing());
    const { promise, resolve, reject } = Promise.withResolvers<S3Response>();
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const sent = send(url, { method, headers: signed, agent: this.#agent }, (answer) =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer }),
    );
    const idleMs = this.#options.idleMs ?? 30_000;
    sent.setTimeout(idleMs, () => sent.destroy(new Error(`nothing arrived for ${idleMs} ms`)));
    sent.once("error", reject);
    sent.end(body);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function baseOf({ bucket, region = "us-east-1", endpoint, pathStyle = endpoint !== undefined }: S3Options): URL {
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  url.pathname = url.pathname.replace(/\/*$/, "/");
  if (pathStyle) url.pathname += `${encodeName(bucket)}/`;
  else url.host = `${bucket}.${url.host}`;
  return url;
}

function encodePath(path: string): string {
  return path.split("/").map(encodeName).join("/");
}

function hashOf(body: Uint8Array = new Uint8Array()): string {
  return createHash("sha256").update(body).digest("hex");
}

async function readText({ body }: S3Response): Promise<string> {
  return new TextDecoder().decode(await collect(body, { maxBytes: MAX_DOCUMENT_BYTES, what: "an answer of S3" }));
}

function faultOf(request: S3Request, status: number, text: string): Error {
  const code = readElement(text, "Code") ?? "no code";
  return storageError(request, `status ${status}, ${code}`.replaceAll(/[^ -~]/g, "?").slice(0, 200));
}

function storageError({ method, key }: S3Request, problem: string, cause?: unknown): TeuError<RegistryServerErrorCode> {
  return new TeuError("ERR_REGISTRY_STORAGE", `${method} of object "${key}" in S3: ${problem}`, { cause });
}
