/**
 * Versions of Python packages.
 * @see {@link https://packaging.python.org/en/latest/specifications/version-specifiers/#version-scheme}
 * @module
 */
import { compareDigits } from "./digits.ts";

interface PythonVersion {
  readonly epoch: string;
  readonly release: readonly string[];
  /** Rank of the kind, and number: development before alpha, beta, candidates, the release itself, and later posts. */
  readonly pre: readonly [rank: number, number: string];
  readonly post: string | undefined;
  readonly dev: string | undefined;
  readonly local: string;
}

const PATTERN =
  /^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?(?:[-_.]?(dev)[-_.]?([0-9]*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

const RANKS: Readonly<Record<string, number>> = { a: 1, alpha: 1, b: 2, beta: 2, c: 3, rc: 3, pre: 3, preview: 3 };
const FINAL = 4;

/** Compares two versions. One that is none is before all that are. */
export function comparePythonVersions(a: string, b: string): number {
  const [left, right] = [read(a), read(b)];
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareRelease(left.release, right.release) ||
    left.pre[0] - right.pre[0] ||
    compareDigits(left.pre[1], right.pre[1]) ||
    compareOptional(left.post, right.post, -1) ||
    compareOptional(left.dev, right.dev, 1) ||
    (left.local === right.local ? 0 : left.local < right.local ? -1 : 1)
  );
}

function read(text: string): PythonVersion | undefined {
  const found = PATTERN.exec(text.trim().toLowerCase());
  if (found === null) return undefined;
  const [
    ,
    epoch = "0",
    release = "",
    kind,
    number = "",
    bare,
    postKind,
    postNumber = "",
    devKind,
    dev = "",
    local = "",
  ] = found;
  const post = postOf(bare, postKind, postNumber);
  const inDev = devKind === undefined ? undefined : dev || "0";
  const pre = [rankOf(kind, inDev !== undefined && post === undefined), number || "0"] as const;
  return { epoch, release: release.split("."), pre, post, dev: inDev, local };
}

function postOf(bare: string | undefined, kind: string | undefined, number: string): string | undefined {
  return bare ?? (kind === undefined ? undefined : number || "0");
}

// What is only in development is before any alpha of the same release.
function rankOf(kind: string | undefined, isDevOnly: boolean): number {
  if (kind !== undefined) return RANKS[kind] ?? FINAL;
  return isDevOnly ? 0 : FINAL;
}

function compareRelease(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = compareDigits(a[at] ?? "0", b[at] ?? "0");
    if (order !== 0) return order;
  }
  return 0;
}

/** @param missing Where one that is missing stands to one that is there. */
function compareOptional(a: string | undefined, b: string | undefined, missing: number): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? missing : -missing;
  return compareDigits(a, b);
}
