/**
 * What a benchmark is: cases, and in each case our command beside those of peers that do the same work.
 * @module
 */

/** One command to measure. */
export interface Contender {
  readonly name: string;
  /** As the program tells it, such as `tar (GNU tar) 1.34`. */
  readonly version: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Unmeasured work before each run, such as emptying the target. */
  readonly before?: () => void | Promise<void>;
  /**
   * Process id of a server that the command sends requests to: CPU time and peak memory are then the server's, and times
   * are those that the command prints as JSON, `{ "wallMs": 1, "p99Ms": 0.1 }`.
   */
  readonly server?: number;
}

/** A bar that our command is meant to reach: our figure divided by the peer's is at most `atMost`. */
export interface Bar {
  readonly peer: string;
  readonly metric: "wall" | "cpu" | "memory";
  readonly atMost: number;
}

/** One piece of work and the commands that do it. The first contender is ours. */
export interface Case {
  readonly name: string;
  readonly contenders: readonly [Contender, ...Contender[]];
  readonly rounds?: number;
  /** Contenders that have to print the same bytes as ours. */
  readonly sameOutput?: readonly string[];
  readonly bars?: readonly Bar[];
  /** A bar for the peak memory of ours, in megabytes. */
  readonly maxPeakMB?: number;
  /** A bar for the time in which ours answers 99 of 100 requests, in milliseconds. */
  readonly maxP99Ms?: number;
  /** How much work it is, for rates: `{ amount: 20000, unit: "entries" }`. */
  readonly work?: readonly { readonly amount: number; readonly unit: string }[];
}

/** A benchmark; `bench/<name>.bench.ts` exports it as `bench`. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  /** What is measured and how the data is made, in a few sentences of Markdown. */
  readonly about: string;
  /** Prepares the data below `folder`, which is removed afterwards, and returns the cases. */
  readonly prepare: (folder: string) => Promise<readonly Case[]>;
}
