/**
 * Fetches signatures from servers of files that `registries.d` names.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { CliErrorCode } from "../errors.ts";
import type { FetchSignature } from "@teu/trust/policy/lookaside";

const MAX_SIGNATURE_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** Fetches one. What is not there ends the list; any other answer is an error. @throws TeuError `ERR_SIGNATURE_FETCH` */
export const fetchSignature: FetchSignature = async (url, signal) => {
  try {
    const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])];
    const response = await fetch(url, { signal: AbortSignal.any(limits) });
    if (response.status === 404) return undefined;
    if (!response.ok || response.body === null) throw failed(url, `status ${response.status}`);
    return await collect(response.body, { maxBytes: MAX_SIGNATURE_BYTES, what: "a signature" });
  } catch (error) {
    if (error instanceof TeuError) throw error;
    signal?.throwIfAborted();
    throw failed(url, error instanceof Error ? error.message : "no answer", error);
  }
};

function failed(url: string, problem: string, cause?: unknown): TeuError<CliErrorCode> {
  return new TeuError("ERR_SIGNATURE_FETCH", `Fetching the signature "${url}": ${problem}`, { cause });
}
