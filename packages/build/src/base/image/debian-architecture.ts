/**
 * What Debian calls the platforms of images.
 * @module
 */
import { type Platform, formatPlatform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";

const ARCHITECTURES: Readonly<Record<string, string>> = {
  amd64: "amd64",
  arm64: "arm64",
  "arm64/v8": "arm64",
  "arm/v5": "armel",
  "arm/v6": "armel",
  "arm/v7": "armhf",
  arm: "armhf",
  "386": "i386",
  loong64: "loong64",
  mips64le: "mips64el",
  ppc64le: "ppc64el",
  riscv64: "riscv64",
  s390x: "s390x",
};

/** The architecture of Debian for a platform. @throws TeuError `ERR_BASE_OPTION` if there is none. */
export function debianArchitecture(platform: Platform): string {
  const { os, architecture, variant } = platform;
  const name = variant === undefined ? architecture : `${architecture}/${variant}`;
  const found = os === "linux" ? ARCHITECTURES[name] : undefined;
  if (found !== undefined) return found;
  const message = `Making a base for "${formatPlatform(platform)}": Debian does not run there`;
  throw new TeuError<BaseErrorCode>("ERR_BASE_OPTION", message);
}
