/**
 * Whether and when a container that has ended is started again.
 * @module
 */

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** A container that ran for this long starts over with the shortest delay. */
export const GOOD_RUN_MS = 10_000;

/** What is known when a container has ended. */
export interface Ended {
  /** `no`, `always`, `unless-stopped` or `on-failure`. */
  readonly policy: string;
  /** Most restarts of `on-failure`; 0 for any number. */
  readonly max: number;
  readonly exitCode: number;
  readonly restarts: number;
}

/** Tells whether a container that nobody wanted to stop is started again. */
export function wantsRestart({ policy, max, exitCode, restarts }: Ended): boolean {
  if (policy === "always" || policy === "unless-stopped") return true;
  return policy === "on-failure" && exitCode !== 0 && (max === 0 || restarts < max);
}

/** How long to wait, in milliseconds, before the next start after so many bad runs in a row. */
export function restartDelayMs(badRuns: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(badRuns, 16));
}
