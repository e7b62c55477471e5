/**
 * Versions of npm packages and of Go modules.
 * @see {@link https://semver.org/spec/v2.0.0.html#spec-item-11}
 * @module
 */
import { compareDigits } from "./digits.ts";

/** Compares two versions; a `v` in front and build metadata count for nothing, parts that are missing are zero. */
export function compareSemver(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  for (let at = 0; at < Math.max(left.core.length, right.core.length); at += 1) {
    const order = compareDigits(left.core[at] ?? "0", right.core[at] ?? "0");
    if (order !== 0) return order;
  }
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length;
  for (let at = 0; at < Math.max(left.pre.length, right.pre.length); at += 1) {
    const order = compareIdentifier(left.pre[at], right.pre[at]);
    if (order !== 0) return order;
  }
  return 0;
}

interface Parts {
  readonly core: readonly string[];
  readonly pre: readonly string[];
}

function split(text: string): Parts {
  const [version = ""] = text.replace(/^[vV=]+/, "").split("+", 1);
  const dash = version.indexOf("-");
  const core = dash < 0 ? version : version.slice(0, dash);
  return { core: core.split("."), pre: dash < 0 ? [] : version.slice(dash + 1).split(".") };
}

function compareIdentifier(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [isNumber, isOtherNumber] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (isNumber && isOtherNumber) return compareDigits(a, b);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}
