/**
 * Counts of what the registry does, in the text format that Prometheus reads.
 * @module
 */
import type { Answer } from "../exchange.ts";
import type { AnswerReport } from "../serve.ts";

/** Upper bounds of the times that are told apart, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60] as const;

interface Times {
  readonly counts: number[];
  sum: number;
  total: number;
}

interface Counted {
  /** How many answers had each status. */
  readonly statuses: Map<number, number>;
  readonly times: Times;
}

/** Values that are read when they are asked for. */
export type Gauges = Readonly<Record<string, { readonly help: string; readonly read: () => number }>>;

/** Counts of one server. */
export class Metrics {
  readonly #methods = new Map<string, Counted>();
  readonly #gauges: Gauges;
  #bytes = 0;

  constructor(gauges: Gauges = {}) {
    this.#gauges = gauges;
  }

  /** Takes an answer in. */
  record({ request, status, bytes, ms }: AnswerReport): void {
    const method = METHODS.has(request.method) ? request.method : "other";
    const counted = this.#methods.get(method) ?? this.#addMethod(method);
    counted.statuses.set(status, (counted.statuses.get(status) ?? 0) + 1);
    this.#bytes += bytes;
    addTime(counted.times, ms / 1000);
  }

  #addMethod(method: string): Counted {
    const counted = { statuses: new Map(), times: { counts: BOUNDS.map(() => 0), sum: 0, total: 0 } };
    this.#methods.set(method, counted);
    return counted;
  }

  /** Everything counted, as text. */
  format(): string {
    return [
      ...head("teu_registry_requests_total", "counter", "Requests answered."),
      ...Array.from(this.#methods).flatMap(([method, { statuses }]) => requestCounts(method, statuses)),
      ...head("teu_registry_sent_bytes_total", "counter", "Bytes of bodies sent."),
      `teu_registry_sent_bytes_total ${this.#bytes}`,
      ...head("teu_registry_request_seconds", "histogram", "Time from the head of a request to the end of its answer."),
      ...Array.from(this.#methods).flatMap(([method, { times }]) => histogram(`method="${method}"`, times)),
      ...Object.entries(this.#gauges).flatMap(([name, { help, read }]) => [
        ...head(name, "gauge", help),
        `${name} ${read()}`,
      ]),
      "",
    ].join("\n");
  }

  /** The answer to who asks for the metrics. */
  answer(): Answer {
    const body = this.format();
    const headers = { "Content-Type": "text/plain; version=0.0.4", "Content-Length": String(Buffer.byteLength(body)) };
    return { status: 200, headers, body };
  }
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]);

function addTime(times: Times, seconds: number): void {
  const place = BOUNDS.findIndex((bound) => seconds <= bound);
  if (place >= 0) times.counts[place] = (times.counts[place] ?? 0) + 1;
  times.sum += seconds;
  times.total += 1;
}

function requestCounts(method: string, statuses: ReadonlyMap<number, number>): string[] {
  return Array.from(
    statuses,
    ([status, count]) => `teu_registry_requests_total{method="${method}",status="${status}"} ${count}`,
  );
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function histogram(key: string, { counts, sum, total }: Times): string[] {
  const name = "teu_registry_request_seconds";
  let below = 0;
  const buckets = BOUNDS.map((bound, index) => {
    below += counts[index] ?? 0;
    return `${name}_bucket{${key},le="${bound}"} ${below}`;
  });
  return [
    ...buckets,
    `${name}_bucket{${key},le="+Inf"} ${total}`,
    `${name}_sum{${key}} ${sum}`,
    `${name}_count{${key}} ${total}`,
  ];
}
