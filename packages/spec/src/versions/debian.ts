/**
 * Versions of Debian packages, in dpkg's order.
 * @see {@link https://www.debian.org/doc/debian-policy/ch-controlfields.html#version}
 * @module
 */

/** How a version must stand to another one. `<` and `>` are old spellings of `<=` and `>=`. */
export type VersionOperator = "<<" | "<=" | "=" | ">=" | ">>";

/** Below zero if `a` is the earlier version, above zero if it is the later one, zero if both are the same. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [splitVersion(a), splitVersion(b)];
  return (
    compareParts(left.epoch, right.epoch) ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

/** Whether `version` stands to `bound` as `operator` says. */
export function satisfies(version: string, operator: VersionOperator, bound: string): boolean {
  const order = compareVersions(version, bound);
  switch (operator) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    default:
      return order > 0;
  }
}

interface VersionParts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

function splitVersion(version: string): VersionParts {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? "0" : version.slice(0, colon),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

/** Compares runs of other characters and runs of digits in turn. */
function compareParts(a: string, b: string): number {
  let atA = 0;
  let atB = 0;
  while (atA < a.length || atB < b.length) {
    while (isOther(a, atA) || isOther(b, atB)) {
      const order = weight(a, atA) - weight(b, atB);
      if (order !== 0) return order;
      atA += 1;
      atB += 1;
    }
    const [endA, endB] = [endOfDigits(a, atA), endOfDigits(b, atB)];
    const order = compareNumbers(a.slice(atA, endA), b.slice(atB, endB));
    if (order !== 0) return order;
    atA = endA;
    atB = endB;
  }
  return 0;
}

function isOther(text: string, at: number): boolean {
  return at < text.length && !isDigit(text, at);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** A tilde is before the end, which is before letters, which are before all else. */
function weight(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const character = text.charAt(at);
  if (character === "~") return -1;
  const code = text.charCodeAt(at);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text, at)) at += 1;
  return at;
}

/** Numbers may have more digits than a number type holds. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
