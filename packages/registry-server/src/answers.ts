/**
 * Answers that many routes give: refusals, lists, and what was created.
 * @module
 */
import {
  WIRE_ERRORS,
  type WireErrorCode,
  type WireProblem,
  formatErrorBody,
  refuse,
  wireError,
} from "@teu/spec/distribution/wire-error";
import type { Answer } from "./exchange.ts";

/** Ends the work on a request from deep inside: the answer is the refusal. */
export class Refusal extends Error {
  readonly problem: WireProblem;
  readonly headers: Answer["headers"];

  constructor(problem: WireProblem, headers: Answer["headers"] = {}) {
    super(problem.message);
    this.name = "Refusal";
    this.problem = problem;
    this.headers = headers;
  }
}

/** The error to throw to refuse a request. */
export function refusal(code: WireErrorCode, message: string, status?: number): Refusal {
  return new Refusal(refuse(code, message, status));
}

/** The answer that a refusal makes. Most clients show the message and nothing else, so that the reason is in there. */
export function answerProblem(problem: WireProblem, headers: Answer["headers"] = {}): Answer {
  const { code, message, status } = problem;
  const body = formatErrorBody([wireError(code, { message: `${WIRE_ERRORS[code].message}: ${message}` })]);
  return { status, headers: { ...headers, ...jsonHeaders(body) }, body };
}

/** The answer where something went wrong that nobody foresaw. */
export function answerFault(): Answer {
  return answerProblem(refuse("UNKNOWN", "the registry met an error of its own"));
}

/** An answer of status 200 with a JSON text. */
export function answerJson(body: string, headers: Answer["headers"] = {}): Answer {
  return { status: 200, headers: { ...jsonHeaders(body), ...headers }, body };
}

function jsonHeaders(body: string): Readonly<Record<string, string>> {
  return { "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(body)) };
}

/** An answer without a body. */
export function answerEmpty(status: number, headers: Answer["headers"] = {}): Answer {
  return { status, headers: status === 204 ? headers : { "Content-Length": "0", ...headers } };
}
