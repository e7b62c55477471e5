/**
 * Failures that pass: which they are, and how long to wait before the next try.
 * @module
 */
import { sleep } from "@teu/std/abort";
import { isTeuError } from "@teu/std/error";
import type { RetryOptions } from "@teu/std/retry";

/** How failures that pass are tried again. */
export type RetrySettings = Partial<Omit<RetryOptions, "retryable" | "signal">>;

/** What a wait depends on besides. */
export interface BackOff {
  readonly askedMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;
const PASSING: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** Waits before what has broken off goes on: the longer the more often it has, and as long as the other side asks. */
export async function backOff(
  settings: RetrySettings | undefined,
  failures: number,
  { askedMs = 0, signal }: BackOff = {},
): Promise<void> {
  const { firstDelayMs = FIRST_DELAY_MS, maxDelayMs = MAX_DELAY_MS, random = Math.random } = settings ?? {};
  const delayMs = random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1));
  await (settings?.sleep ?? sleep)(delayMs + askedMs, signal);
}

/** Judges a failure for `retry`: whether it may pass, and how long the registry asks to wait. */
export function isPassing(error: unknown): boolean | number {
  if (isTeuError(error, "ERR_NETWORK") || isTeuError(error, "ERR_NETWORK_TIMEOUT")) return true;
  if (!isTeuError(error, "ERR_REGISTRY_STATUS") && !isTeuError(error, "ERR_RATE_LIMITED")) return false;
  const { status, retryAfterMs } = error.detail as { readonly status: number; readonly retryAfterMs?: number };
  return PASSING.includes(status) && (retryAfterMs ?? true);
}
