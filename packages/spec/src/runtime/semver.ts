/**
 * Versions of the specification: SemVer 2.0.0. Written in the native subset, because the OCI runtime reads them too.
 * https://semver.org/spec/v2.0.0.html
 * @module
 */
import { compareIntegers } from "./integers.ts";

/** A version in its parts. Numbers are literals, since SemVer sets no bound. */
export interface Version {
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
  /** Identifiers of a pre-release such as `["rc", "1"]`; none for a release. */
  readonly prerelease: readonly string[];
}

const MAX_LENGTH = 256;
const CORE = /^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$/;
const IDENTIFIER = /^[0-9A-Za-z-]+$/;
const NUMBER = /^[0-9]+$/;

/** Reads a version, or gives `undefined` if `text` is none or longer than 256 characters. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const plus = text.indexOf("+");
  const build = plus < 0 ? [] : text.slice(plus + 1).split(".");
  const version = plus < 0 ? text : text.slice(0, plus);
  const dash = version.indexOf("-");
  const prerelease = dash < 0 ? [] : version.slice(dash + 1).split(".");
  const core = dash < 0 ? version : version.slice(0, dash);
  if (!CORE.test(core) || !build.every(isIdentifier) || !prerelease.every(isPrerelease)) return undefined;
  const [major = "", minor = "", patch = ""] = core.split(".");
  return { major, minor, patch, prerelease };
}

function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

function isPrerelease(text: string): boolean {
  return IDENTIFIER.test(text) && !(NUMBER.test(text) && text.length > 1 && text.startsWith("0"));
}

/** Orders two versions by precedence: below 0, 0 or above 0. */
export function compareVersions(a: Version, b: Version): number {
  const major = compareIntegers(a.major, b.major);
  if (major !== 0) return major;
  const minor = compareIntegers(a.minor, b.minor);
  if (minor !== 0) return minor;
  const patch = compareIntegers(a.patch, b.patch);
  return patch !== 0 ? patch : comparePrereleases(a.prerelease, b.prerelease);
}

// A release comes after its pre-releases; of two lists of which one begins the other, the shorter comes first.
function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    const order = compareIdentifiers(a.at(index) ?? "", b.at(index) ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

// Numbers come before words, and by value; words by their characters.
function compareIdentifiers(a: string, b: string): number {
  const aNumber = NUMBER.test(a);
  const bNumber = NUMBER.test(b);
  if (aNumber && bNumber) return compareIntegers(a, b);
  if (aNumber !== bNumber) return aNumber ? -1 : 1;
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
