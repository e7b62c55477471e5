/**
 * What the checks of a registry work with: requests, and a place to note what came of them. Whatever an answer breaks that
 * has nothing to do with what was asked, such as a malformed error, is noted here, for all answers alike.
 * @module
 */
import type { DistributionClauseId } from "@teu/spec/distribution/clauses";
import { checkErrorBody } from "@teu/spec/distribution/error-body";
import { DOCKER_CONTENT_DIGEST } from "@teu/spec/distribution/headers";
import { resolveLocation } from "@teu/spec/distribution/location";
import { checkWarnings } from "@teu/spec/distribution/warning";
import { type Issue, formatIssue } from "@teu/spec/issue";
import { isTeuError } from "@teu/std/error";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { Findings, Outcome } from "../verdict.ts";
import type { Answer, Exchange, Request } from "./exchange.ts";
import { type Blob, digestOf } from "./samples.ts";

/** A clause of the distribution specification, without its first word: `pull.manifest.status`. */
export type ClauseName<Id = DistributionClauseId> = Id extends `distribution.${infer Name}` ? Name : never;

/** The repositories that checks use. */
export interface Repositories {
  /** Everything is pushed here. */
  readonly main: string;
  /** What is mounted comes from `main` and goes here. */
  readonly other: string;
  /** Nothing is ever pushed here. */
  readonly missing: string;
}

/** How many requests in a row may stay without an answer before the registry is taken to be gone. */
const MAX_SILENT = 5;

/** One run of the checks. */
export class Lab {
  readonly repositories: Repositories;
  #silent = 0;
  readonly #exchange: Exchange;
  readonly #findings: Findings<DistributionClauseId>;

  constructor(exchange: Exchange, findings: Findings<DistributionClauseId>, repositories: Repositories) {
    this.#exchange = exchange;
    this.#findings = findings;
    this.repositories = repositories;
  }

  /** Notes whether a clause is kept. @returns `kept` */
  judge(clause: ClauseName, kept: boolean, observed: string): boolean {
    this.#note(clause, kept ? "kept" : "broken", observed);
    return kept;
  }

  /** Notes whether an answer has the status that a clause demands. */
  judgeStatus(clause: ClauseName, answer: Answer, ...expected: readonly number[]): boolean {
    return this.judge(clause, expected.includes(answer.status), `${sight(answer)}, expected ${expected.join(" or ")}`);
  }

  /** Notes whether an answer has a header. */
  judgeHeader(
    clause: ClauseName,
    answer: Answer,
    name: string,
    fits: (value: string) => boolean = () => true,
  ): boolean {
    const value = answer.headers.get(name);
    const shown = value === null ? `no ${name}` : `${name}: ${value}`;
    return this.judge(clause, value !== null && fits(value), `${sight(answer)}, ${shown}`);
  }

  /** Notes what the checker of a document found; the clauses it can find broken are kept otherwise. */
  judgeIssues(clauses: readonly ClauseName[], issues: readonly Issue[], observed: string): void {
    const broken = new Set(issues.map(({ clause }) => clause));
    for (const issue of issues)
      this.#findings.add(issue.clause as DistributionClauseId, "broken", `${observed}: ${formatIssue(issue)}`);
    for (const clause of clauses) if (!broken.has(`distribution.${clause}`)) this.#note(clause, "kept", observed);
  }

  /** Notes that an offer of the specification is taken up, or that it is not. */
  offers(clause: ClauseName, taken: boolean, observed: string): boolean {
    this.#note(clause, taken ? "kept" : "absent", observed);
    return taken;
  }

  /** Notes that clauses could not be tested. */
  untested(reason: string, ...clauses: readonly ClauseName[]): void {
    for (const clause of clauses) this.#note(clause, "untested", reason);
  }

  #note(clause: ClauseName, outcome: Outcome, observed: string): void {
    this.#findings.add(`distribution.${clause}` as DistributionClauseId, outcome, observed);
  }

  /** Sends a request and looks at what every answer has to keep. */
  async send(method: string, target: string | URL, request: Omit<Request, "method"> = {}): Promise<Answer> {
    const answer = await this.#ask(method, target, request);
    this.#judgeError(answer);
    const warnings = answer.headers.get("warning");
    this.offers("warning.headers", warnings !== null, warnings === null ? "no answer had any" : sight(answer));
    if (warnings !== null)
      this.judgeIssues(
        ["warning.code", "warning.agent", "warning.date", "warning.size"],
        checkWarnings([warnings]),
        sight(answer),
      );
    return answer;
  }

  /** A connection that the registry closes instead of answering is an answer of status 0, unless it goes on and on. */
  async #ask(method: string, target: string | URL, request: Omit<Request, "method">): Promise<Answer> {
    try {
      const answer = await this.#exchange.send(target, { ...request, method });
      this.#silent = 0;
      return answer;
    } catch (error) {
      this.#silent += 1;
      if (!isTeuError(error, "ERR_CERTIFY_UNREACHABLE") || this.#silent > MAX_SILENT) throw error;
      const url = new URL(target, this.#exchange.base);
      return { request: { ...request, method }, url, status: 0, headers: new Headers(), body: NOTHING };
    }
  }

  #judgeError(answer: Answer): void {
    if (answer.status === 429) this.judgeHeader("error.retry-after", answer, "Retry-After");
    if (answer.status < 400 || answer.status >= 500 || answer.body.length === 0) return;
    const type = answer.headers.get("content-type") ?? "no type";
    this.offers("error.body", true, `${sight(answer)}, with a body of ${type}`);
    if (!/^application\/(?:.*\+)?json\b/.test(type)) return;
    try {
      const json = parseJsonBytes(answer.body);
      for (const error of json.get("errors").items) {
        this.offers("error.detail", error.get("detail").kind !== "missing", sight(answer));
        this.offers("error.message", error.get("message").text === "", sight(answer));
      }
      this.judgeIssues(
        ["error.json", "error.code", "error.code.known", "error.message.text"],
        checkErrorBody(json),
        sight(answer),
      );
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      this.judge("error.json", false, `${sight(answer)}: ${error.message}`);
    }
  }

  /** Sends a request and follows what redirects it, without what was given to the registry. */
  async follow(method: string, target: string | URL, request: Omit<Request, "method"> = {}): Promise<Answer> {
    let answer = await this.send(method, target, request);
    for (let hops = 0; hops < 5 && [301, 302, 303, 307, 308].includes(answer.status); hops += 1) {
      this.offers("general.redirect", true, sight(answer));
      answer = await this.send(method, resolveLocation(answer.headers.get("location") ?? "", answer.url), request);
    }
    return answer;
  }

  /** The path of something in a repository. */
  path(
    kind: "blobs" | "manifests" | "referrers" | "tags",
    name: string,
    repository: string = this.repositories.main,
  ): string {
    return `/v2/${repository}/${kind}/${name}`;
  }

  /** Pushes a blob as most clients do; what that shows is for other checks. @throws {@link Unable} if it fails */
  async pushBlob({ bytes, descriptor }: Blob, repository: string = this.repositories.main): Promise<void> {
    const opened = await this.send("POST", `/v2/${repository}/blobs/uploads/`, { body: NOTHING });
    const location = locationOf(opened);
    if (location === undefined) throw new Unable(`pushing a blob: ${sight(opened)}`);
    location.searchParams.append("digest", descriptor.digest);
    const headers = { "content-type": "application/octet-stream" };
    const closed = await this.send("PUT", location, { headers, body: bytes });
    if (closed.status !== 201) throw new Unable(`pushing a blob: ${sight(closed)}`);
  }

  /** Pushes a manifest by tag or digest. */
  async putManifest(
    { bytes, descriptor }: Blob,
    reference: string = descriptor.digest,
    type?: string,
  ): Promise<Answer> {
    const headers = { "content-type": type ?? descriptor.mediaType };
    return await this.send("PUT", this.path("manifests", reference), { headers, body: bytes });
  }

  /** Pushes a manifest for other checks. @throws {@link Unable} if it fails */
  async pushManifest(manifest: Blob, reference?: string): Promise<void> {
    const answer = await this.putManifest(manifest, reference);
    if (answer.status !== 201) throw new Unable(`pushing a manifest: ${sight(answer)}`);
  }
}

/** No bytes; a request with them says that its length is 0. */
export const NOTHING: Uint8Array = new Uint8Array(0);

/** Checks cannot go on, because something fails that they only build on. */
export class Unable extends Error {}

/** A request and its answer in a few words. */
export function sight({ request, url, status }: Answer): string {
  const result = status === 0 ? "gets no answer" : `answers ${status}`;
  return `${request.method} ${url.pathname}${url.search} ${result}`;
}

/** Where an answer points to, nothing if it does not. */
export function locationOf({ headers, url }: Answer): URL | undefined {
  const value = headers.get("location");
  return value === null || !URL.canParse(value, url.href) ? undefined : resolveLocation(value, url);
}

/** Whether an answer has the bytes of a blob. */
export function hasBytes(answer: Answer, { bytes }: Blob): boolean {
  return Buffer.compare(answer.body, bytes) === 0;
}

/** Whether the digest that an answer gives is that of `bytes`, by whatever algorithm; true if it gives none. */
export function isDigestTrue({ headers }: Answer, bytes: Uint8Array): boolean {
  const digest = headers.get(DOCKER_CONTENT_DIGEST);
  if (digest === null) return true;
  return digest === digestOf(bytes, digest.startsWith("sha512:") ? "sha512" : "sha256");
}
