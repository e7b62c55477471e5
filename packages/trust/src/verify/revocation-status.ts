/**
 * What is known of a certificate's revocation, and how long an answer about it holds.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";

/** What is known. */
export interface RevocationStatus {
  readonly state: "good" | "revoked" | "unknown" | "nobody to ask";
  /** Who says so, or why it is not known: a part of a sentence. */
  readonly note: string;
}

/** How far the clocks of others may be ahead. */
const MAX_SKEW_MS = 5 * 60_000;

/** Times of an answer or of a list. */
export interface AnswerTimes {
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number | undefined;
}

/** When it is looked at, and whether it may be old. */
export interface FreshnessOptions {
  readonly nowMs: number;
  readonly isKept: boolean;
  readonly mayBeOld?: boolean | undefined;
}

/**
 * Checks that an answer holds now.
 * @returns What to note about its age: nothing, unless it has run out and may be old.
 * @throws TeuError `ERR_REVOCATION_UNKNOWN`
 */
export function checkFreshness({ thisUpdateMs, nextUpdateMs }: AnswerTimes, options: FreshnessOptions): string {
  const { nowMs, isKept, mayBeOld = false } = options;
  if (thisUpdateMs > nowMs + MAX_SKEW_MS) throw unanswered(`the answer is of the future, ${timeText(thisUpdateMs)}`);
  if (nextUpdateMs === undefined) throw unanswered("the answer does not say until when it holds");
  if (nowMs <= nextUpdateMs) return "";
  if (isKept && mayBeOld) return `, in what was kept and ran out at ${timeText(nextUpdateMs)}`;
  throw unanswered(`the answer ran out at ${timeText(nextUpdateMs)}`);
}

/** Makes the error for a question without an answer that can be relied on. */
export function unanswered(problem: string): TeuError<TrustErrorCode> {
  return new TeuError("ERR_REVOCATION_UNKNOWN", `Asking whether a certificate is revoked: ${problem}`);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
