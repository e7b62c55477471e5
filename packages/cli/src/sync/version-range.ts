/**
 * Ranges of versions as skopeo's and regsync's files have them: `>= 1.2, < 2`, `~1.4`, `^2 || ^3`, `1.2.x`, `1.2 - 1.5`.
 * A tag without a version is in no range, and one before a release only in a range that names such a one.
 * @see {@link https://semver.org/spec/v2.0.0.html}
 * @see {@link https://github.com/Masterminds/semver/blob/v3.4.0/README.md#checking-version-constraints}
 * @module
 */
import type { Filter } from "./filter.ts";

interface Version {
  readonly numbers: readonly [number, number, number];
  /** What stands behind a dash; empty for a release. */
  readonly before: readonly string[];
}

/** A version of which some numbers may be left open. */
interface Pattern extends Version {
  /** How many numbers are given. */
  readonly given: number;
}

type Check = (version: Version) => boolean;

const MAX_LENGTH = 512;
const PATTERN =
  /^v?(\d{1,9}|[xX*])(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?(?:-([\dA-Za-z.-]+))?(?:\+[\dA-Za-z.-]+)?$/;
const COMPARATOR = /^(==|!=|>=|=>|<=|=<|~>|=|>|<|~|\^)?(\S+)$/;

/**
 * Takes the tags whose versions are in a range.
 * @throws SyntaxError
 */
export function versionFilter(range: string): Filter {
  if (range.length > MAX_LENGTH) throw new SyntaxError(`a range of more than ${MAX_LENGTH} characters`);
  const choices = range.split("||").map((part) => readAll(part.trim()));
  return (tag) => {
    const version = readVersion(tag);
    return version !== undefined && choices.some((checks) => checks.every((check) => check(version)));
  };
}

function readVersion(text: string): Version | undefined {
  const pattern = text.length <= MAX_LENGTH ? parse(text) : undefined;
  // Numbers that a tag leaves out are zeros, but it cannot leave them open.
  return pattern === undefined || /[xX*]/.test(text.split("-", 1)[0] ?? "") ? undefined : pattern;
}

function parse(text: string): Pattern | undefined {
  const [, ...parts] = PATTERN.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const numbers = parts.slice(0, 3).map((part) => (part === undefined || /\D/.test(part) ? NaN : Number(part)));
  const open = numbers.findIndex(Number.isNaN);
  const [major = 0, minor = 0, patch = 0] = numbers.map((number, at) => (open >= 0 && at >= open ? 0 : number));
  const before = parts[3] === undefined ? [] : parts[3].split(".");
  return { numbers: [major, minor, patch], before, given: open < 0 ? 3 : open };
}

function readAll(text: string): readonly Check[] {
  const [, from, to] = /^(\S+)\s+-\s+(\S+)$/.exec(text) ?? [];
  const parts = from === undefined ? split(text) : [`>=${from}`, `<=${to}`];
  return parts.map(readOne);
}

/** Comparators stand behind commas or spaces, and may have spaces of their own. */
function split(text: string): string[] {
  return text
    .replaceAll(/([=!<>~^])\s+/g, "$1")
    .split(/[\s,]+/)
    .filter((part) => part !== "");
}

function readOne(text: string): Check {
  const [, sign = "", rest = ""] = COMPARATOR.exec(text) ?? [];
  const pattern = parse(rest);
  if (pattern === undefined) throw new SyntaxError(`"${text}", expected a version such as 1.2.3 or 1.x`);
  const check = checkOf(sign, pattern);
  return (version) => (version.before.length === 0 || pattern.before.length > 0) && check(version);
}

function checkOf(sign: string, pattern: Pattern): Check {
  const isFrom: Check = (version) => compare(version, pattern) >= 0;
  const isBefore = (count: number): Check => {
    const end = after(pattern, count);
    return (version) => compare(version, end) < 0;
  };
  const isUpTo: Check = pattern.given === 3 ? (version) => compare(version, pattern) <= 0 : isBefore(pattern.given);
  const both =
    (one: Check, other: Check): Check =>
    (version) =>
      one(version) && other(version);
  switch (sign) {
    case "!=":
      return (version) => !isFrom(version) || !isUpTo(version);
    case ">":
      return (version) => !isUpTo(version);
    case "<":
      return (version) => !isFrom(version);
    case ">=":
    case "=>":
      return isFrom;
    case "<=":
    case "=<":
      return isUpTo;
    case "~":
    case "~>":
      return both(isFrom, isBefore(Math.min(2, pattern.given)));
    case "^":
      return both(isFrom, isBefore(Math.min(pattern.given, firstSet(pattern))));
    default:
      return both(isFrom, isUpTo);
  }
}

/** How many numbers there are up to the first that is not zero. */
function firstSet({ numbers, given }: Pattern): number {
  const at = numbers.findIndex((number) => number > 0);
  return at < 0 ? given : at + 1;
}

/** The first version behind all that begin with the first `count` numbers of another, what is before its release included. */
function after({ numbers }: Version, count: number): Version {
  if (count === 0) return { numbers: [Infinity, 0, 0], before: [] };
  const [major, minor, patch] = numbers;
  if (count === 1) return { numbers: [major + 1, 0, 0], before: ["0"] };
  return { numbers: count === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1], before: ["0"] };
}

function compare(a: Version, b: Version): number {
  for (const [at, number] of a.numbers.entries()) {
    const other = b.numbers[at] ?? 0;
    if (number !== other) return number - other;
  }
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length;
  for (let at = 0; at < Math.max(a.before.length, b.before.length); at += 1) {
    const order = compareParts(a.before[at], b.before[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Fewer parts come first, numbers before words. */
function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const [isNumber, isOther] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOther) return Number(a) - Number(b);
  if (isNumber !== isOther) return isNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
