/**
 * Numbers in versions, which may have more digits than a number type holds.
 * @module
 */

/** Compares two runs of digits as numbers. An empty one is zero. */
export function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  if (left.length !== right.length) return left.length - right.length;
  return left === right ? 0 : left < right ? -1 : 1;
}
