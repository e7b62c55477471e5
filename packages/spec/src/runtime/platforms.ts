/**
 * The platforms that a configuration can be for.
 * @module
 */
import type { Json } from "@teu/std/json";

/**
 * What a configuration is for. Virtual machines are no platform here: their part comes on top of another.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/spec.md#platforms}
 */
export type RuntimePlatform = "linux" | "windows" | "solaris" | "zos" | "freebsd";

// Linux comes first and Windows last, because a Linux container on Windows has the parts of both.
const PLATFORMS: readonly RuntimePlatform[] = ["linux", "freebsd", "solaris", "zos", "windows"];

/** The platforms whose part only a configuration for that platform may have. */
export const POSIX_PLATFORMS: readonly Exclude<RuntimePlatform, "windows">[] = ["linux", "freebsd", "solaris", "zos"];

/** The platform that a configuration looks made for, by the parts that it has; Linux if it has none of a platform. */
export function platformOf(config: Json): RuntimePlatform {
  const present = PLATFORMS.find((platform) => config.kind === "object" && !config.get(platform).absent);
  return present ?? "linux";
}
