/**
 * Faults at random of a fake registry that is read from.
 * @module
 */
import type { Fault, FaultRule } from "./faults.ts";

/** What may happen. */
export interface RandomFaultOptions {
  /** The longest delay of an answer, in milliseconds. */
  readonly longestMs: number;
  /** Whether answers may stop in the middle for ever, which takes a reader its patience. */
  readonly hasStalls: boolean;
}

/** Up to five rules. */
export function randomRules(random: () => number, options: RandomFaultOptions): FaultRule[] {
  return Array.from({ length: Math.floor(random() * 6) }, () => randomRule(random, options));
}

function randomRule(random: () => number, { longestMs, hasStalls }: RandomFaultOptions): FaultRule {
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(values: readonly T[]): T => values[upTo(values.length)] as T;
  const faults: readonly (() => Fault)[] = [
    () => ({ kind: "drop" }),
    () => ({ kind: "delay", ms: upTo(longestMs) }),
    () => ({ kind: "status", status: pick([429, 500, 502, 503, 504]), headers: { "retry-after": "0" } }),
    () => ({ kind: "status", status: pick([403, 404, 416]) }),
    () => ({ kind: "cut", after: upTo(1_500_000) }),
    () => ({ kind: "cut", after: upTo(100) }),
    () => ({ kind: "flip", at: upTo(20_000) }),
    () => ({ kind: "resize", to: upTo(2_000_000) }),
    () => ({ kind: "mute" }),
    () => ({ kind: "headers", headers: { "content-length": "", "content-range": "" } }),
    ...(hasStalls ? [(): Fault => ({ kind: "stall", after: upTo(100_000) })] : []),
  ];
  const isGone = random() < 0.05;
  return {
    method: "GET",
    path: pick(["/blobs/", "/blobs/", "/manifests/"]),
    times: isGone ? 1000 : 1 + upTo(3),
    skip: upTo(4),
    fault: isGone ? { kind: "drop" } : pick(faults)(),
  };
}

/** Numbers from 0 up to, not including, 1: the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
