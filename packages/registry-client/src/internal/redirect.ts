/**
 * Redirects: where an answer leads, and which are refused.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import { shownUrl } from "../http/http-error.ts";
import type { Answer, Call } from "../transport.ts";

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** The methods that ask for nothing to be done. */
export const SAFE_METHODS: readonly string[] = ["GET", "HEAD"];

/** Tells whether an answer leads elsewhere and is no answer that the call takes. */
export function isRedirect(call: Call, { status }: { readonly status: number }): boolean {
  return REDIRECTS.includes(status) && !call.expect.includes(status);
}

/** Tells whether a call can be made again although its body has been sent. */
export function canRepeat(call: Call): boolean {
  return call.repeatable !== false || call.body === undefined || call.body instanceof Uint8Array;
}

/**
 * Where an answer leads.
 * @throws TeuError `ERR_REDIRECT` where it leads nowhere, or the call cannot be led.
 */
export function redirectOf(call: Call, answer: Answer): URL {
  const location = answer.headers.get("location") ?? "";
  const next = location === "" ? null : URL.parse(location, answer.url.href);
  if (next === null) throw redirectError(call, answer.url, "a redirect without an address");
  if (next.username !== "" || next.password !== "")
    throw redirectError(call, answer.url, "an address with credentials");
  const keepsMethod = answer.status === 307 || answer.status === 308;
  if (!SAFE_METHODS.includes(call.method) && !keepsMethod) {
    throw redirectError(call, answer.url, `status ${answer.status}, expected 307 or 308 for ${call.method}`);
  }
  if (!canRepeat(call)) throw redirectError(call, answer.url, "a redirect of a body that can be sent once only");
  return next;
}

/** The error for a redirect that is not followed. */
export function redirectError(call: Call, url: URL, problem: string): TeuError<RegistryClientErrorCode> {
  return new TeuError("ERR_REDIRECT", `${call.method} "${shownUrl(url)}": ${problem}`, {
    detail: { url: shownUrl(url) },
  });
}
