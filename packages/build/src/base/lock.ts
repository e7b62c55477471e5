/**
 * The lock file of a base: the very packages, by version and hash, that were chosen, and the state of the archives that they
 * were chosen from. The same lock file gives the same image, whatever the archives have by then.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "./errors.ts";

/** A suite that packages were chosen from. */
export interface LockedArchive {
  readonly uri: string;
  readonly suite: string;
  /** The distribution's name, such as `Debian`, and its version. */
  readonly origin: string;
  readonly version: string;
  readonly codename: string;
  /** When its Release file was made, in RFC 3339. */
  readonly date: string;
  /** SHA-256 of its Release file. */
  readonly release: string;
}

/** A package that was chosen. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Path in the archive. */
  readonly filename: string;
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Place of its archive in {@link BaseLock.archives}. */
  readonly archive: number;
}

/** The program that a base is for, from a package of the npm registry. */
export interface LockedNode {
  readonly name: string;
  readonly version: string;
  /** Such as `sha512-…`. */
  readonly integrity: string;
}

/** What is chosen for one platform. */
export interface LockedPlatform {
  /** Such as `linux/amd64`. */
  readonly platform: string;
  readonly packages: readonly LockedPackage[];
  readonly node?: LockedNode;
}

/** A lock file. */
export interface BaseLock {
  readonly lockVersion: 1;
  /** What was asked for, in a form to compare. */
  readonly request: string;
  readonly archives: readonly LockedArchive[];
  readonly platforms: readonly LockedPlatform[];
  /** Digests such as `sha256:…` of maintainer scripts that somebody took on: they are left out, whatever they do. */
  readonly acceptScripts?: readonly string[];
}

/** The text of a lock file; the same for the same lock. */
export function formatLock(lock: BaseLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Reads a lock file. @throws TeuError `ERR_BASE_LOCK` */
export function parseLock(text: string, file: string): BaseLock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw lockInvalid(file, `it is no JSON: ${(error as Error).message}`, error);
  }
  const problem = findProblem(value);
  if (problem !== undefined) throw lockInvalid(file, problem);
  return value as BaseLock;
}

/** An error that tells what is wrong with a lock file. */
export function lockInvalid(file: string, problem: string, cause?: unknown): TeuError<BaseErrorCode> {
  return new TeuError("ERR_BASE_LOCK", `Reading the lock file "${file}": ${problem}`, {
    cause,
    hint: "make it anew by building without --locked",
  });
}

/** Whether something is the digest of a maintainer script. */
export function isScriptDigest(value: unknown): boolean {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

/** The lock with further scripts taken on. @throws TeuError `ERR_BASE_OPTION` for what is no digest. */
export function withScripts(lock: BaseLock, digests: readonly string[]): BaseLock {
  const wrong = digests.find((digest) => !isScriptDigest(digest));
  if (wrong !== undefined) {
    const message = `Making a base: "${wrong}" is no digest of a script, expected sha256: and 64 digits`;
    throw new TeuError<BaseErrorCode>("ERR_BASE_OPTION", message);
  }
  const all = [...new Set([...(lock.acceptScripts ?? []), ...digests])].sort();
  return all.length === 0 ? lock : { ...lock, acceptScripts: all };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string" && value.length < 4096;
const hash: Check = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const path: Check = (value) =>
  typeof value === "string" && /^[^/\s\\?#][^\s\\?#]*$/.test(value) && !value.split("/").includes("..");

const ARCHIVE: Readonly<Record<string, Check>> = {
  uri: text,
  suite: text,
  origin: text,
  version: text,
  codename: text,
  date: text,
  release: hash,
};

const PACKAGE: Readonly<Record<string, Check>> = {
  name: (value) => typeof value === "string" && /^[a-z0-9][a-z0-9+.-]*$/.test(value),
  version: text,
  architecture: text,
  filename: path,
  size: count,
  sha256: hash,
  archive: count,
};

const NODE: Readonly<Record<string, Check>> = { name: text, version: text, integrity: text };

function findProblem(value: unknown): string | undefined {
  const lock = Object(value) as Partial<BaseLock>;
  if (lock.lockVersion !== 1) return `its lockVersion is ${JSON.stringify(lock.lockVersion)}, expected 1`;
  if (!text(lock.request)) return "it does not say what was asked for";
  const { archives, platforms, acceptScripts = [] } = lock;
  if (!Array.isArray(archives) || !Array.isArray(platforms)) return "it has no lists of archives and platforms";
  if (!Array.isArray(acceptScripts) || !acceptScripts.every(isScriptDigest)) return "its acceptScripts is malformed";
  const wrongArchive = archives.findIndex((archive) => !hasShape(archive, ARCHIVE));
  if (wrongArchive >= 0) return `archives[${wrongArchive}] is malformed`;
  for (const platform of platforms) {
    const problem = platformProblem(platform, archives.length);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function platformProblem(value: unknown, archives: number): string | undefined {
  const { platform, packages, node } = Object(value) as Partial<LockedPlatform>;
  if (!text(platform) || !Array.isArray(packages)) return "a platform is malformed";
  const isWrong = (pkg: unknown): boolean => !hasShape(pkg, PACKAGE) || (pkg as LockedPackage).archive >= archives;
  const wrong = packages.findIndex(isWrong);
  if (wrong >= 0) return `packages[${wrong}] of ${platform} is malformed`;
  return node === undefined || hasShape(node, NODE) ? undefined : `the node of ${platform} is malformed`;
}

function hasShape(value: unknown, shape: Readonly<Record<string, Check>>): boolean {
  const fields = Object(value) as Record<string, unknown>;
  return Object.entries(shape).every(([name, check]) => check(fields[name]));
}
