/**
 * What the fuzzer drives: one reader of foreign bytes, with what must hold for every input.
 * @module
 */

/** One target; `fuzz/targets/<name>.ts` exports it as `target`. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs to start from, good ones mostly. */
  readonly seeds: () => Iterable<Uint8Array>;
  /** Reads the input and checks what must hold. Catches the errors that the reader may throw; throws on a real fault only. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}
