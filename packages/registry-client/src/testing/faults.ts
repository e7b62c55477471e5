/**
 * What a fake registry does wrong, as a script of rules.
 * @module
 */

/** One kind of wrong. Offsets and lengths are in bytes of the body. */
export type Fault =
  /** Closes the connection without an answer. */
  | { readonly kind: "drop" }
  /** Answers late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Answers so instead of doing anything. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    }
  | { readonly kind: "redirect"; readonly to: string; readonly status?: number }
  /** Breaks the connection after so much of the answer. */
  | { readonly kind: "cut"; readonly after: number }
  /** Says nothing any more after so much of the answer. */
  | { readonly kind: "stall"; readonly after: number }
  /** Changes one byte of the answer. */
  | { readonly kind: "flip"; readonly at: number }
  /** Sends a body that is shorter or longer, with a length to match. */
  | { readonly kind: "resize"; readonly to: number }
  /** Changes headers of the answer; empty takes one away. */
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string>> }
  /** Breaks the connection after so much of the request, and keeps that. */
  | { readonly kind: "cut-request"; readonly after: number }
  /** Does what it was asked to, and breaks the connection instead of saying so. */
  | { readonly kind: "mute" }
  /** Sends a body without end. */
  | { readonly kind: "endless" };

/** When to do it. */
export interface FaultRule {
  readonly method?: string;
  /** Part of path and query. */
  readonly path?: string;
  readonly fault: Fault;
  /** How many requests it is done to. Default: 1. */
  times?: number;
  /** How many requests that fit are let pass before. Default: 0. */
  skip?: number;
}

/** The fault for a request, taken out of the script; nothing if none fits. */
export function takeFault(rules: FaultRule[], method: string, path: string): Fault | undefined {
  for (const rule of rules) {
    if (rule.method !== undefined && rule.method !== method) continue;
    if (rule.path !== undefined && !path.includes(rule.path)) continue;
    if ((rule.skip ?? 0) > 0) {
      rule.skip = (rule.skip ?? 0) - 1;
      continue;
    }
    rule.times = (rule.times ?? 1) - 1;
    if (rule.times <= 0) rules.splice(rules.indexOf(rule), 1);
    return rule.fault;
  }
  return undefined;
}
