/**
 * What a policy says of an image, and why: data, for people and for programs.
 * @module
 */
import type { Judgement } from "../verify/evidence.ts";

/** One thing that a policy asks for. */
export interface PolicyStep {
  /** What is asked for: a part of a sentence. */
  readonly asks: string;
  readonly holds: boolean;
  /** Why it holds, or does not. */
  readonly note: string;
  /** What was found for it: the signatures and attestations, each with its checks. */
  readonly judgements: readonly Judgement[];
}

/** The answer of one policy. */
export interface PolicyAnswer {
  /** The file, or what stands for one. */
  readonly policy: string;
  /** The rule or scope that speaks for the image. */
  readonly rule: string;
  readonly accepted: boolean;
  readonly steps: readonly PolicyStep[];
  /** What was found wrong but is no reason to refuse. */
  readonly warnings: readonly string[];
}

/** Makes an answer: it accepts if there is a step and every one holds. */
export function answerOf(
  policy: string,
  rule: string,
  steps: readonly PolicyStep[],
  warnings: readonly string[] = [],
): PolicyAnswer {
  return { policy, rule, accepted: steps.length > 0 && steps.every(({ holds }) => holds), steps, warnings };
}

/** The first reason to refuse; nothing if there is none. */
export function refusalOf({ steps }: PolicyAnswer): string | undefined {
  const failed = steps.find(({ holds }) => !holds);
  return failed === undefined ? undefined : `${failed.asks}: ${failed.note}`;
}
