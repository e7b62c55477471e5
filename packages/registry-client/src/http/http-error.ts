/**
 * What goes wrong on the way to a registry, in the words of this room. Addresses are named without their query, which may
 * be signed and so let somebody in.
 * @module
 */
import { TeuError, isTeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";

/** An address as messages show it. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** The error for a connection that cannot be made or broke. */
export function networkError(method: string, url: URL, cause: unknown): unknown {
  if (isTeuError(cause)) return cause;
  const code = codeOf(cause);
  const isTls = TLS_CODE.test(code);
  const message = `${method} "${shownUrl(url)}": ${NO_TLS.test(code) ? "it answers without TLS" : reasonOf(cause)}`;
  return new TeuError<RegistryClientErrorCode>(isTls ? "ERR_TLS" : "ERR_NETWORK", message, {
    cause,
    detail: { url: shownUrl(url), code },
    ...(isTls ? { hint: TLS_HINT } : {}),
  });
}

const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/;
// What OpenSSL makes of an answer that is none of TLS.
const NO_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/;
const TLS_HINT =
  "Put the registry's CA into certs.d/HOST/ca.crt, or name the registry as insecure in registries.conf if it has no TLS";

function codeOf(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth += 1) {
    if ("code" in cause && typeof cause.code === "string") return cause.code;
  }
  return "";
}

function reasonOf(error: unknown): string {
  // `fetch` says "fetch failed" and hides what did; a failed try of several addresses has no message at all.
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth += 1) {
    if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
    if (!(cause.cause instanceof Error)) return textOf(cause);
  }
  return String(error);
}

/** OpenSSL has a reason in words beside a message with its own places in it. */
function textOf(error: Error): string {
  if ("reason" in error && typeof error.reason === "string") return error.reason;
  return error.message === "" ? error.name : error.message;
}

/** The error for silence. */
export function timeoutError(
  method: string,
  url: URL,
  what: string,
  limitMs: number,
): TeuError<RegistryClientErrorCode> {
  const message = `${method} "${shownUrl(url)}": ${what} within ${limitMs} ms`;
  return new TeuError("ERR_NETWORK_TIMEOUT", message, { detail: { url: shownUrl(url), limitMs } });
}

/** The error for an address that an answer must not lead to. */
export function addressRefused(url: URL, problem: string): TeuError<RegistryClientErrorCode> {
  return new TeuError("ERR_ADDRESS_REFUSED", `Going to "${shownUrl(url)}" as a registry asked: ${problem}`, {
    detail: { url: shownUrl(url) },
    hint: "If you trust the registry with that, name the host as allowed",
  });
}
