/**
 * The bases that most people want, so that nobody has to know the names of packages.
 * @module
 */
import type { Platform } from "@teu/spec/platform";
import type { BaseRequest } from "./options.ts";

/** What programs that are linked with the C library need: it, certificates, time zones, the names of users and services. */
export const DEBIAN_PACKAGES: readonly string[] = ["base-files", "ca-certificates", "libc6", "netbase", "tzdata"];

/** What Node.js is linked with beside. */
const NODE_PACKAGES: readonly string[] = ["libgcc-s1", "libstdc++6"];

/**
 * What these packages need only for scripts that are not run: questions to the administrator, and the program that hashes
 * certificates.
 */
export const DEBIAN_WITHOUT: readonly string[] = ["awk", "debconf", "openssl"];

/** The major version of Node.js of the default base. */
export const DEFAULT_NODE_VERSION = "24";

/** The request for the default base of applications on Node.js. */
export function nodeBaseRequest(platforms: readonly Platform[], version: string = DEFAULT_NODE_VERSION): BaseRequest {
  return {
    platforms,
    packages: [...DEBIAN_PACKAGES, ...NODE_PACKAGES],
    without: DEBIAN_WITHOUT,
    node: { version },
  };
}

/** What Python's packages need only for scripts that are not run, or for what applications do not use. */
const PYTHON_WITHOUT: readonly string[] = [...DEBIAN_WITHOUT, "dpkg", "install-info", "mailcap", "mime-support"];

/**
 * The request for the default base of applications on Python.
 * @param version Such as `3.11`; that of Debian by default.
 */
export function pythonBaseRequest(platforms: readonly Platform[], version?: string): BaseRequest {
  const python = version === undefined ? ["python3"] : [`python3 (>= ${version})`, `python3 (<< ${version}.999)`];
  return { platforms, packages: [...DEBIAN_PACKAGES, ...python], without: PYTHON_WITHOUT };
}
