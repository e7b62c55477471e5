/**
 * Whether a package runs on the platform of the image, which need not be that of the host.
 * @see {@link https://docs.npmjs.com/cli/v11/configuring-npm/package-json#os}
 * @module
 */
import { type Platform, formatPlatform } from "@teu/spec/platform";
import type { PackageLimits } from "../lock/graph.ts";

/** A platform as packages name it. */
export interface NodePlatform {
  /** As `process.platform`. */
  readonly os: string;
  /** As `process.arch`. */
  readonly cpu: string;
  /** The C library; of linux only. */
  readonly libc?: "glibc" | "musl";
}

const CPUS: ReadonlyMap<string, string> = new Map([
  ["amd64", "x64"],
  ["386", "ia32"],
  ["ppc64le", "ppc64"],
  ["mipsle", "mipsel"],
]);

/** How Node.js names a platform. @param libc Of the base. Default: `glibc`. */
export function nodePlatform(platform: Platform, libc: "glibc" | "musl" = "glibc"): NodePlatform {
  const os = platform.os === "windows" ? "win32" : platform.os;
  const cpu = CPUS.get(platform.architecture) ?? platform.architecture;
  return os === "linux" ? { os, cpu, libc } : { os, cpu };
}

/** Tells whether a package of these limits runs there. */
export function runsOn(limits: PackageLimits, platform: NodePlatform): boolean {
  return (
    allows(limits.os, platform.os) &&
    allows(limits.cpu, platform.cpu) &&
    (platform.libc === undefined
      ? limits.libc === undefined || limits.libc.length === 0
      : allows(limits.libc, platform.libc))
  );
}

function allows(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined || list.length === 0 || (list.length === 1 && list[0] === "any")) return true;
  if (list.includes(`!${value}`)) return false;
  return list.every((item) => item.startsWith("!")) || list.includes(value);
}

/** Limits for a message. */
export function formatLimits(limits: PackageLimits): string {
  const { os = [], cpu = [], libc = [] } = limits;
  return [os, cpu, libc]
    .filter((list) => list.length > 0)
    .map((list) => list.join("|"))
    .join(" ");
}

/** A platform for a message. */
export function describePlatform(platform: Platform, { libc }: NodePlatform): string {
  return libc === undefined ? formatPlatform(platform) : `${formatPlatform(platform)} with ${libc}`;
}
