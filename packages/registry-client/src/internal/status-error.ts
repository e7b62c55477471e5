/**
 * Errors for answers of an unexpected status, which say what the registry said.
 * @module
 */
import { type ErrorBody, parseErrorBody } from "@teu/spec/distribution/error-body";
import type { WireError } from "@teu/spec/distribution/wire-error";
import { TeuError, isTeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import { shownUrl } from "../http/http-error.ts";

/** A failed answer. */
export interface FailedAnswer {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly expected: readonly number[];
  /** The beginning of the body. */
  readonly body: Uint8Array;
  readonly retryAfterMs: number | undefined;
}

/** Facts that an error of {@link statusError} has as `detail`. */
export interface StatusDetail {
  readonly url: string;
  readonly status: number;
  readonly errors: readonly WireError[];
  readonly retryAfterMs?: number;
}

const CODES: Readonly<Record<number, RegistryClientErrorCode>> = {
  401: "ERR_UNAUTHORIZED",
  403: "ERR_FORBIDDEN",
  429: "ERR_RATE_LIMITED",
};

/** Makes the error. */
export function statusError(answer: FailedAnswer): TeuError<RegistryClientErrorCode> {
  const { method, url, status, expected, retryAfterMs } = answer;
  const body = parseErrorBody(answer.body);
  const said = saidIn(body);
  const message = `${method} "${shownUrl(url)}": status ${status}${said}, expected ${expected.join(" or ")}`;
  const detail: StatusDetail = {
    url: shownUrl(url),
    status,
    errors: body.errors,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  const hint = hintFor(answer);
  return new TeuError(CODES[status] ?? "ERR_REGISTRY_STATUS", message, {
    detail,
    ...(hint === undefined ? {} : { hint }),
  });
}

function saidIn({ errors, text }: ErrorBody): string {
  const texts = errors.slice(0, 3).map(({ code, message }) => (message === undefined ? code : `${code}: ${message}`));
  const said = texts.length > 0 ? texts.join("; ") : text;
  return said === "" ? "" : ` (${said})`;
}

function hintFor({ status, url, retryAfterMs }: FailedAnswer): string | undefined {
  if (status === 401) return `Log in with: teu login ${url.host}`;
  if (status === 403) return "The name may be wrong, or the user has no right to it";
  if (status !== 429) return undefined;
  return retryAfterMs === undefined
    ? "Try again later, or log in: many registries allow more then"
    : `Try again in ${Math.ceil(retryAfterMs / 1000)} s`;
}

/** Tells whether `error` is an answer of this status. */
export function isStatus(error: unknown, ...statuses: readonly number[]): error is TeuError {
  if (!isTeuError(error) || typeof error.detail !== "object" || error.detail === null) return false;
  return "status" in error.detail && statuses.includes(Number(error.detail.status));
}

/** Tells whether `error` is an answer whose body has this code of the specification. */
export function hasWireCode(error: unknown, code: string): boolean {
  if (!isTeuError(error) || typeof error.detail !== "object" || error.detail === null) return false;
  const { errors = [] } = error.detail as Partial<StatusDetail>;
  return Array.isArray(errors) && errors.some((each) => each.code === code);
}
