/**
 * Which wheel of a package fits the Python of the image: by the tags in the names of files.
 * @see {@link https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/}
 * @module
 */
import type { Platform } from "@teu/spec/platform";
import { machineOf } from "./markers.ts";

/** The Python of an image. */
export interface PythonTarget {
  /** Such as `3.11`. */
  readonly python: string;
  readonly platform: Platform;
  readonly libc: "glibc" | "musl";
}

// The oldest C library of the default base is 2.36; wheels that ask for a newer one may not run.
const GLIBC_MINOR = 36;
const OLDEST_GLIBC_MINOR = 5;
const MUSL_MINOR = 2;
const LEGACY: Readonly<Record<number, string>> = { 5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014" };

/** Tags that a Python takes, the best first. */
export function supportedTags({ python, platform, libc }: PythonTarget): readonly string[] {
  const minor = Number(python.split(".")[1] ?? 0);
  const platforms = platformTags(machineOf(platform), libc);
  const own = `cp3${minor}`;
  const native = [
    ...platforms.map((name) => `${own}-${own}-${name}`),
    ...range(minor, 2).flatMap((at) => platforms.map((name) => `cp3${at}-abi3-${name}`)),
    ...platforms.map((name) => `${own}-none-${name}`),
  ];
  const pure = ["py3", ...range(minor, 0).map((at) => `py3${at}`)];
  return [
    ...native,
    ...pure.flatMap((tag) => platforms.map((name) => `${tag}-none-${name}`)),
    `${own}-none-any`,
    ...pure.map((tag) => `${tag}-none-any`),
  ];
}

function platformTags(machine: string, libc: "glibc" | "musl"): readonly string[] {
  if (libc === "musl") return [...range(MUSL_MINOR, 1).map((at) => `musllinux_1_${at}_${machine}`), `linux_${machine}`];
  const many = range(GLIBC_MINOR, OLDEST_GLIBC_MINOR).flatMap((at) => {
    const legacy = LEGACY[at];
    return [`manylinux_2_${at}_${machine}`, ...(legacy === undefined ? [] : [`${legacy}_${machine}`])];
  });
  return [...many, `linux_${machine}`];
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, at) => from - at);
}

/** The parts of a wheel's name; nothing if it is none. */
export function readWheelName(
  name: string,
): { readonly name: string; readonly version: string; readonly tags: readonly string[] } | undefined {
  const found = /^([^-]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(name);
  if (found === null) return undefined;
  const [pythons, abis, platforms] = found.slice(3).map((part) => part.split("."));
  const tags = (pythons ?? []).flatMap((python) =>
    (abis ?? []).flatMap((abi) => (platforms ?? []).map((platform) => `${python}-${abi}-${platform}`)),
  );
  return { name: normalName(found[1] ?? ""), version: found[2] ?? "", tags };
}

/** The file that fits best; nothing if none does. */
export function chooseWheel<File extends { readonly filename: string }>(
  files: readonly File[],
  target: PythonTarget,
): File | undefined {
  const ranks = new Map(supportedTags(target).map((tag, at) => [tag, at]));
  let best: File | undefined;
  let bestRank = Infinity;
  for (const file of files) {
    const rank = Math.min(...(readWheelName(file.filename)?.tags ?? []).map((tag) => ranks.get(tag) ?? Infinity));
    if (rank < bestRank) [best, bestRank] = [file, rank];
  }
  return best;
}

/** The name of a project as all its spellings are compared. */
export function normalName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}
