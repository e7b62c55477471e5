/**
 * Asks over the network whether certificates are revoked: responders of OCSP, and servers of lists. Plain HTTP alone, as the
 * Notary Project has it, since every answer is signed; redirects are not followed.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#certificate-revocation-evaluation}
 * @module
 */
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { AskRevocation, RevocationQuestion } from "@teu/trust/verify/ask-revocation";
import type { CliErrorCode } from "../errors.ts";

const LIMITS = {
  ocsp: { timeoutMs: 2000, maxBytes: 20 * 1024 },
  crl: { timeoutMs: 5000, maxBytes: 32 * 1024 * 1024 },
} as const;

/** Asks over the network. @throws TeuError `ERR_REVOCATION_FETCH` */
export function askOverNetwork(signal?: AbortSignal): AskRevocation {
  return async (question) => {
    try {
      return { bytes: await fetchAnswer(question, signal), isKept: false };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TeuError) throw error;
      throw failed(question, reasonOf(error, question), error);
    }
  };
}

async function fetchAnswer(question: RevocationQuestion, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { kind, url, request } = question;
  const { timeoutMs, maxBytes } = LIMITS[kind];
  if (!/^http:\/\//i.test(url)) throw failed(question, "the place is not one of plain HTTP");
  const limits = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  const sent =
    request === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/ocsp-request" }, body: Uint8Array.from(request) };
  const response = await fetch(url, { ...sent, redirect: "error", signal: AbortSignal.any(limits) });
  if (response.status === 200 && response.body !== null)
    return await collect(response.body, { maxBytes, what: "the answer" });
  await response.body?.cancel();
  throw failed(question, `status ${response.status}`);
}

function reasonOf(error: unknown, { kind }: RevocationQuestion): string {
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "TimeoutError") return `no answer within ${LIMITS[kind].timeoutMs} ms`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function failed({ url }: RevocationQuestion, problem: string, cause?: unknown): TeuError<CliErrorCode> {
  return new TeuError("ERR_REVOCATION_FETCH", `Asking "${url}" about certificates: ${problem}`, { cause });
}
