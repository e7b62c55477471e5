/**
 * Versions of RPM packages, in rpm's order.
 * @see {@link https://rpm-software-management.github.io/rpm/man/rpm-version.7}
 * @module
 */
import { compareDigits } from "./digits.ts";

/** Compares `[EPOCH:]VERSION[-RELEASE]`. */
export function compareRpmVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareParts(left.version, right.version) ||
    (left.release === "" || right.release === "" ? 0 : compareParts(left.release, right.release))
  );
}

interface Parts {
  readonly epoch: string;
  readonly version: string;
  readonly release: string;
}

function split(text: string): Parts {
  const [, epoch = "0", rest = ""] = /^(?:([0-9]+):)?(.*)$/s.exec(text) ?? [];
  const dash = rest.lastIndexOf("-");
  return { epoch, version: dash < 0 ? rest : rest.slice(0, dash), release: dash < 0 ? "" : rest.slice(dash + 1) };
}

function compareParts(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const order = comparePart(left[at], right[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde is before the end, a caret behind it. */
function partsOf(text: string): readonly string[] {
  return text.match(/[0-9]+|[A-Za-z]+|~|\^/g) ?? [];
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === "~" || b === "~") return a === b ? 0 : a === "~" ? -1 : 1;
  if (a === "^" || b === "^") return compareCaret(a, b);
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  return compareWords(a, b);
}

// Any number is above any letters.
function compareWords(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [/^[0-9]/.test(a), /^[0-9]/.test(b)];
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
  if (isNumber) return compareDigits(a, b);
  return a === b ? 0 : a < b ? -1 : 1;
}

function compareCaret(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === "^") return b === undefined ? 1 : -1;
  return a === undefined ? -1 : 1;
}
