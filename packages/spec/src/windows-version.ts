/**
 * Versions of Windows, and which containers a host of some version runs.
 * @see {@link https://learn.microsoft.com/en-us/virtualization/windowscontainers/deploy-containers/version-compatibility}
 * @module
 */

/** Builds from which on the container's version may be older than the host's: Windows Server 2022 and 2025. */
const STABLE_BUILDS: readonly number[] = [20348, 26100];

/**
 * Tells whether a host runs containers of an `os.version` such as `10.0.20348.3091`. The revision, which is the fourth
 * number, never matters. The answer is yes where either version is absent, or the host's is not understood.
 */
export function runsWindowsVersion(host: string | undefined, container: string | undefined): boolean {
  const machine = parseVersion(host);
  if (machine === undefined || container === undefined || container === "") return true;
  const image = parseVersion(container);
  if (image === undefined || machine.major !== image.major || machine.minor !== image.minor) return false;
  return oldestBuild(machine.build) <= image.build && image.build <= machine.build;
}

/** The build of the oldest container that a host runs: that of the stable release before it, or else its own. */
function oldestBuild(host: number): number {
  const [first = host] = STABLE_BUILDS;
  if (host < first) return host;
  return STABLE_BUILDS.findLast((build) => build < host) ?? first;
}

interface WindowsVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
}

function parseVersion(text: string | undefined): WindowsVersion | undefined {
  const match = /^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,5})(?:\.|$)/.exec(text ?? "");
  if (match === null) return undefined;
  const [major = 0, minor = 0, build = 0] = match.slice(1).map(Number);
  if (major > 255 || minor > 255 || build > 65_535 || major + minor + build === 0) return undefined;
  return { major, minor, build };
}

/** Compares versions number by number, for sorting. An absent one is lowest; what is no number counts as 0. */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  const [left, right] = [numbers(a), numbers(b)];
  const index = left.findIndex((value, at) => value !== right[at]);
  if (index < 0) return left.length - right.length;
  return (left[index] ?? 0) - (right[index] ?? -1);
}

function numbers(version: string | undefined): readonly number[] {
  return version === undefined || version === ""
    ? []
    : version.split(".").map((part) => (/^[0-9]+$/.test(part) ? Number(part) : 0));
}
