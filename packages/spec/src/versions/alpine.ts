/**
 * Versions of Alpine packages, in apk's order.
 * @see {@link https://wiki.alpinelinux.org/wiki/Package_policies}
 * @module
 */
import { compareDigits } from "./digits.ts";

const SUFFIXES = ["alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"];

interface AlpineVersion {
  readonly numbers: readonly string[];
  readonly letter: string;
  /** Rank and number of each suffix. */
  readonly suffixes: readonly (readonly [rank: number, number: string])[];
  readonly release: string;
}

/** Below zero if `a` is the earlier version, above zero if it is the later one, zero if both are the same. */
export function compareAlpineVersions(a: string, b: string): number {
  const [left, right] = [read(a), read(b)];
  return (
    compareNumbers(left.numbers, right.numbers) ||
    compareText(left.letter, right.letter) ||
    compareSuffixes(left.suffixes, right.suffixes) ||
    compareDigits(left.release, right.release)
  );
}

function read(version: string): AlpineVersion {
  const [, numbers = "", letter = "", suffixes = "", release = "0"] =
    /^([0-9.]*)([a-z]?)((?:_[a-z]+[0-9]*)*)(?:~[0-9a-f]+)?(?:-r([0-9]+))?/.exec(version) ?? [];
  return {
    numbers: numbers.split("."),
    letter,
    suffixes: [...suffixes.matchAll(/_([a-z]+)([0-9]*)/g)].map(([, name = "", number = ""]) => [
      SUFFIXES.indexOf(name),
      number || "0",
    ]),
    release,
  };
}

function compareNumbers(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [left, right] = [a[at], b[at]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    // Behind the first, numbers with a leading zero are compared as fractions are.
    const isFraction = at > 0 && (left.startsWith("0") || right.startsWith("0"));
    const order = isFraction ? compareText(left, right) : compareDigits(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

const NO_SUFFIX: AlpineVersion["suffixes"][number] = [SUFFIXES.indexOf(""), "0"];

function compareSuffixes(a: AlpineVersion["suffixes"], b: AlpineVersion["suffixes"]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [left, right] = [a[at] ?? NO_SUFFIX, b[at] ?? NO_SUFFIX];
    const order = left[0] - right[0] || compareDigits(left[1], right[1]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
