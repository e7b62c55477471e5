/**
 * Which images a machine can run, and which of an index suits it best. The rules are those of
 * github.com/containerd/platforms; where they leave several images, the spec's own rule decides: the first.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#platform-variants}
 * @module
 */
import { type Platform, normalisePlatform } from "./platform.ts";
import { compareVersions, runsWindowsVersion } from "./windows-version.ts";

/** How to judge platforms. */
export interface PlatformMatch {
  /** True to take the very architecture and variant only, not what else the machine can run. */
  readonly strict?: boolean;
}

/** Tells whether a machine of platform `host` runs an image for `image`. */
export function runsOn(host: Platform, image: Platform, options: PlatformMatch = {}): boolean {
  return rank(candidates(host, options), image)[0] === 0;
}

/**
 * Picks the entry of an index that suits a machine of platform `host` best. One without a platform is taken only if no
 * other fits, and its configuration must then tell; one of an unknown platform is never taken.
 */
export function choosePlatform<T extends { readonly platform?: Platform }>(
  entries: readonly T[],
  host: Platform,
  options: PlatformMatch = {},
): T | undefined {
  const compare = platformOrder(host, options);
  let best: (T & { readonly platform: Platform }) | undefined;
  for (const entry of entries) {
    if (!hasPlatform(entry) || !runsOn(host, entry.platform, options)) continue;
    if (best === undefined || compare(entry.platform, best.platform) < 0) best = entry;
  }
  return best ?? entries.find((entry) => !hasPlatform(entry));
}

function hasPlatform<T extends { readonly platform?: Platform }>(
  entry: T,
): entry is T & { readonly platform: Platform } {
  return entry.platform !== undefined;
}

/** An order for sorting: what suits a machine of platform `host` best comes first, what it cannot run last. */
export function platformOrder(host: Platform, options: PlatformMatch = {}): (a: Platform, b: Platform) => number {
  const accepted = candidates(host, options);
  return (a, b) => {
    const [ranks, others] = [rank(accepted, a), rank(accepted, b)];
    const difference = ranks.findIndex((value, index) => value !== others[index]);
    if (difference >= 0) return (ranks[difference] ?? 0) - (others[difference] ?? 0);
    const versioned = host.os === "windows" && ranks[0] === 0;
    return versioned ? compareVersions(b["os.version"], a["os.version"]) : 0;
  };
}

/**
 * What a machine of platform `host` can run, best first: its own platform, then lesser variants and older architectures.
 * Where the variant of an architecture has no rules, an image without one makes no demand and runs too.
 */
export function compatiblePlatforms(host: Platform): readonly Platform[] {
  const { variant, ...own } = normalisePlatform(host);
  return processors(own.architecture, variant ?? "").map(([architecture, level]) =>
    normalisePlatform({ ...own, architecture, ...(level === "" ? {} : { variant: level }) }),
  );
}

function candidates(host: Platform, options: PlatformMatch): readonly Platform[] {
  return options.strict === true ? [normalisePlatform(host)] : compatiblePlatforms(host);
}

type Level = readonly [architecture: string, variant: string];

function processors(architecture: string, variant: string): readonly Level[] {
  switch (architecture) {
    case "amd64":
      return [...levels(architecture, variant, 1), ["386", ""]];
    case "arm":
      return levels(architecture, variant, 5);
    case "arm64":
      return [...arm64Levels(variant === "" ? "v8" : variant), ...levels("arm", "v8", 5)];
    default:
      return variant === "" ? [[architecture, ""]] : [...profiles(architecture, variant), [architecture, ""]];
  }
}

/** A variant `vN` and those below it down to `least`. */
function levels(architecture: string, variant: string, least: number): readonly Level[] {
  const found = /^v([1-9])$/.exec(variant);
  const level = Number(found?.[1] ?? 0);
  const lower = Array.from({ length: Math.max(level - least, 0) }, (_, index) => `v${level - 1 - index}`);
  return [variant, ...lower].map((name) => [architecture, name]);
}

/** `v9.x` runs all of `v9` up to it, and of `v8` what came out five steps later, of which there are nine. */
function arm64Levels(variant: string): readonly Level[] {
  const found = /^v([89])(?:\.([0-9]))?$/.exec(variant);
  if (found === null) return [["arm64", variant]];
  const minor = Number(found[2] ?? 0);
  if (found[1] === "8") return minors(8, minor);
  return [...minors(9, minor), ...minors(8, Math.min(minor + 5, 9))];
}

function minors(major: number, last: number): readonly Level[] {
  const numbers = Array.from({ length: last + 1 }, (_, index) => last - index);
  return numbers.map((minor) => ["arm64", minor === 0 ? `v${major}` : `v${major}.${minor}`]);
}

/** A processor runs what was made for an earlier profile of the same kind. */
function profiles(architecture: string, variant: string): readonly Level[] {
  const known = PROFILES.get(architecture) ?? [];
  const index = known.indexOf(variant);
  return (index < 0 ? [variant] : known.slice(index)).map((profile) => [architecture, profile]);
}

const PROFILES: ReadonlyMap<string, readonly string[]> = new Map([
  ["ppc64le", ["power11", "power10", "power9", "power8"]],
  ["riscv64", ["rva23u64", "rva22u64", "rva20u64"]],
]);

/**
 * How well `image` suits, to be compared number by number, less being better: whether it runs (0), would but for its
 * features (1), or does not (2); which of the accepted platforms it is; how many features it leaves unused.
 */
function rank(accepted: readonly Platform[], image: Platform): readonly number[] {
  const platform = normalisePlatform(image);
  const features = platform["os.features"] ?? [];
  const place = accepted.findIndex((candidate) => matches(candidate, platform, features));
  if (place >= 0) return [0, place, -features.length];
  const bare = accepted.findIndex((candidate) => matches(candidate, platform, []));
  return bare >= 0 ? [1, bare, 0] : [2, 0, 0];
}

/** Both platforms are normalised. */
function matches(candidate: Platform, image: Platform, features: readonly string[]): boolean {
  return (
    image.os !== "unknown" &&
    image.architecture !== "unknown" &&
    candidate.os === image.os &&
    candidate.architecture === image.architecture &&
    candidate.variant === image.variant &&
    (candidate.os !== "windows" || runsWindowsVersion(candidate["os.version"], image["os.version"])) &&
    features.every((feature) => hasFeature(candidate, feature))
  );
}

/** Every Windows is taken to have win32k, for hosts do not tell whether they have it. */
function hasFeature(candidate: Platform, feature: string): boolean {
  if (candidate.os === "windows" && feature === "win32k") return true;
  return candidate["os.features"]?.includes(feature) === true;
}
