/**
 * Spans of requests for OpenTelemetry, sent in groups as OTLP over HTTP in JSON.
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/v1.5.0/docs/specification.md}
 * @module
 */
import { randomBytes } from "node:crypto";
import type { AnswerReport } from "../serve.ts";

/** Where spans go. */
export interface TelemetryConfig {
  /** Address of a collector, such as `http://localhost:4318`. */
  readonly endpoint: string;
  /** Name of the service. */
  readonly service: string;
  /** Which share of the requests is told, from 0 to 1, where the client does not say. */
  readonly ratio: number;
}

const MAX_SPANS = 2048;
const EVERY_MS = 5000;
const TIMEOUT_MS = 10_000;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Gathers spans and sends them. What a collector does not take in time is dropped. */
export class Telemetry implements AsyncDisposable {
  readonly #config: TelemetryConfig;
  readonly #fetch: typeof fetch;
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #spans: object[] = [];
  #sending: Promise<void> = Promise.resolve();

  constructor(config: TelemetryConfig, onError: (error: unknown) => void, fetcher: typeof fetch = fetch) {
    this.#config = config;
    this.#fetch = fetcher;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), EVERY_MS).unref();
  }

  /** Takes an answer in. */
  record(report: AnswerReport, now: number = Date.now()): void {
    const parent = TRACEPARENT.exec(report.request.header("traceparent") ?? "");
    const sampled =
      parent === null ? Math.random() < this.#config.ratio : (Number.parseInt(parent[3] ?? "0", 16) & 1) === 1;
    if (!sampled || this.#spans.length >= MAX_SPANS) return;
    this.#spans.push(spanOf(report, parent, now));
  }

  /** Sends what was gathered. */
  flush(): Promise<void> {
    const spans = this.#spans;
    this.#spans = [];
    if (spans.length > 0) this.#sending = this.#sending.then(() => this.#send(spans)).catch(this.#onError);
    return this.#sending;
  }

  async #send(spans: readonly object[]): Promise<void> {
    const resource = { attributes: [text("service.name", this.#config.service)] };
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "teu" }, spans }] }] });
    const response = await this.#fetch(new URL("/v1/traces", this.#config.endpoint), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Sending ${spans.length} spans: status ${response.status}, expected 200`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

const SERVER = 2;
const ERROR = 2;

function spanOf({ request, status, bytes, ms }: AnswerReport, parent: RegExpExecArray | null, now: number): object {
  const end = BigInt(Math.round(now * 1000)) * 1000n;
  return {
    traceId: parent?.[1] ?? randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    ...(parent === null ? {} : { parentSpanId: parent[2] }),
    name: `${request.method.slice(0, 16)} ${kindOf(request.path)}`,
    kind: SERVER,
    startTimeUnixNano: String(end - BigInt(Math.round(ms * 1e6))),
    endTimeUnixNano: String(end),
    attributes: [
      text("http.request.method", request.method.slice(0, 16)),
      text("url.path", request.path.slice(0, 512)),
      number("http.response.status_code", status),
      number("http.response.body.size", bytes),
      ...(request.client === undefined ? [] : [text("client.address", request.client)]),
    ],
    ...(status >= 500 ? { status: { code: ERROR } } : {}),
  };
}

/** What a path is about, without names, of which there may be any number. */
function kindOf(path: string): string {
  return /\/(manifests|blobs|tags|referrers)\//.exec(path)?.[1] ?? (path.startsWith("/v2/") ? "v2" : "other");
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}

function number(key: string, value: number): object {
  return { key, value: { intValue: String(value) } };
}
