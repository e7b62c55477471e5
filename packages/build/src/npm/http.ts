/**
 * Gets a file over HTTP with what npm's configuration says of certificates and proxies, which `fetch` cannot be told for
 * one request.
 * @module
 */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent, type IncomingMessage, get as httpGet } from "node:http";
import { Agent as HttpsAgent, get as httpsGet } from "node:https";
import { sleep } from "@teu/std/abort";
import { TeuError, isTeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import { type NpmSettings, authorizationFor } from "./npmrc.ts";

/** Gets files. Connections are kept until it is disposed of. */
export class HttpClient implements Disposable {
  readonly #settings: NpmSettings;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(settings: NpmSettings, env: Readonly<Record<string, string | undefined>>) {
    this.#settings = settings;
    const proxies = proxiesOf(settings, env);
    this.#http = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS, ...proxies });
    this.#https = new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS, ...proxies, ...certificatesOf(settings) });
  }

  /**
   * Opens a file.
   * @param what For messages, such as `package "a@1.0.0"`.
   * @throws TeuError `ERR_PACKAGE_FETCH`
   */
  async get(url: string, what: string, options: HttpGetOptions = {}): Promise<AsyncIterable<Uint8Array>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#follow(url, what, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (attempt === MAX_ATTEMPTS || !isPassing(error)) throw error;
        await sleep(FIRST_WAIT_MS * 2 ** attempt, options.signal);
      }
    }
  }

  /** Opens a file that is at one of several addresses. @throws TeuError `ERR_PACKAGE_FETCH` of the last one. */
  async getFirst(
    urls: readonly string[],
    what: string,
    options: HttpGetOptions = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    for (const url of urls.slice(0, -1)) {
      try {
        return await this.get(url, what, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!isTeuError(error, "ERR_PACKAGE_FETCH")) throw error;
      }
    }
    return await this.get(urls.at(-1) ?? "", what, options);
  }

  async #follow(url: string, what: string, options: HttpGetOptions): Promise<AsyncIterable<Uint8Array>> {
    let place = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await this.#request(place, what, options);
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) return response;
      response.destroy();
      if (statusCode < 300 || statusCode > 399 || headers.location === undefined)
        throw answered(what, place, statusCode);
      place = new URL(headers.location, place).href;
    }
    throw new TeuError<BuildErrorCode>(
      "ERR_PACKAGE_FETCH",
      `Fetching ${what}: more than ${MAX_REDIRECTS} redirects from ${shown(url)}`,
    );
  }

  async #request(url: string, what: string, options: HttpGetOptions): Promise<IncomingMessage> {
    const isSecure = url.startsWith("https:");
    const authorization = authorizationFor(url, this.#settings);
    const headers = {
      accept: options.accept ?? "*/*",
      "user-agent": "teu",
      ...(authorization === undefined ? {} : { authorization }),
    };
    return await new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(failed(what, url, error));
      const common = { headers, timeout: IDLE_TIMEOUT_MS, signal: options.signal };
      const request = isSecure
        ? httpsGet(url, { ...common, agent: this.#https }, resolve)
        : httpGet(url, { ...common, agent: this.#http }, resolve);
      request.on("error", fail);
      request.on("timeout", () => request.destroy(new Error(`nothing came for ${IDLE_TIMEOUT_MS / 1000} s`)));
    });
  }

  [Symbol.dispose](): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** How to get a file. */
export interface HttpGetOptions {
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

const MAX_SOCKETS = 16;
const MAX_ATTEMPTS = 3;
const MAX_REDIRECTS = 5;
const FIRST_WAIT_MS = 100;
const IDLE_TIMEOUT_MS = 60_000;

function proxiesOf(
  settings: NpmSettings,
  env: Readonly<Record<string, string | undefined>>,
): { readonly proxyEnv: NodeJS.ProcessEnv } {
  const pick = (...names: readonly string[]): string | undefined =>
    names.map((name) => env[name]).find((value) => value !== undefined);
  const https = settings.get("https-proxy") ?? settings.get("proxy") ?? pick("HTTPS_PROXY", "https_proxy");
  const http = settings.get("proxy") ?? pick("HTTP_PROXY", "http_proxy");
  const none = settings.get("noproxy") ?? pick("NO_PROXY", "no_proxy");
  const proxyEnv = {
    ...(https === undefined ? {} : { HTTPS_PROXY: https }),
    ...(http === undefined ? {} : { HTTP_PROXY: http }),
    ...(none === undefined ? {} : { NO_PROXY: none }),
  };
  return { proxyEnv };
}

function certificatesOf(settings: NpmSettings): { readonly ca?: string; readonly rejectUnauthorized?: boolean } {
  const file = settings.get("cafile");
  const inline = settings.get("ca")?.replaceAll("\\n", "\n");
  const ca = file === undefined ? inline : readCertificates(file);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(settings.get("strict-ssl") === "false" ? { rejectUnauthorized: false } : {}),
  };
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new TeuError<BuildErrorCode>(
      "ERR_NPM_CONFIG",
      `Reading the certificates of npm's setting cafile "${file}": ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function answered(what: string, url: string, status: number): TeuError<BuildErrorCode> {
  const hint =
    status === 401 || status === 403
      ? "The registry wants credentials: npm login writes them where they are found"
      : "npm config get registry tells which registry is asked";
  return new TeuError("ERR_PACKAGE_FETCH", `Fetching ${what}: ${shown(url)} answered ${status}, expected 200`, {
    detail: { status },
    hint,
  });
}

function failed(what: string, url: string, cause: Error): TeuError<BuildErrorCode> {
  const reason = cause.message === "" && "code" in cause ? String(cause.code) : cause.message;
  return new TeuError("ERR_PACKAGE_FETCH", `Fetching ${what}: ${shown(url)}: ${reason}`, {
    cause,
    detail: { status: 0 },
  });
}

function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Whether it may go better the next time. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof TeuError) || error.code !== "ERR_PACKAGE_FETCH") return false;
  const { status } = (error.detail ?? { status: 404 }) as { readonly status: number };
  return status === 0 || status === 408 || status === 429 || status >= 500;
}
