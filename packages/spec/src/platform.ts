/**
 * Platforms: which machines an image is for. Names and short forms are those of github.com/containerd/platforms.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { SpecErrorCode } from "./errors.ts";
import { quote } from "./issue.ts";

/**
 * A platform as the documents write it.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions}
 */
export interface Platform {
  /** A value of GOARCH, such as `amd64`. */
  readonly architecture: string;
  /** A value of GOOS, such as `linux`. */
  readonly os: string;
  /** Such as `10.0.14393.1066` on `windows`. */
  readonly "os.version"?: string;
  /** Features that the operating system must have, such as `win32k`. */
  readonly "os.features"?: readonly string[];
  /** Variant of the processor, such as `v7` of `arm`. */
  readonly variant?: string;
  /** Reserved for future versions of the specification. */
  readonly features?: readonly string[];
}

/** The values of GOOS, in the newest Go and earlier ones. */
export const OPERATING_SYSTEMS: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);

/** The values of GOARCH, in the newest Go and earlier ones. */
export const ARCHITECTURES: ReadonlySet<string> = new Set(
  (
    "386 amd64 amd64p32 arm arm64 arm64be armbe loong64 mips mips64 mips64le mips64p32 mips64p32le mipsle " +
    "ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

/**
 * Reads a platform as people write it: `os`, `arch`, `os/arch` or `os/arch/variant`, where the operating system may carry
 * a version and features, as in `windows(10.0.17763+win32k)/amd64`. What is left out is taken from `host`.
 * @throws TeuError `ERR_PLATFORM_INVALID`
 */
export function parsePlatform(text: string, host: Platform): Platform {
  const [first = "", ...rest] = text.split("/", 5);
  const os = OS_PART.exec(first);
  if (os === null || rest.length > 2 || !rest.every((part) => /^[\w.-]+$/.test(part))) {
    throw invalid(text, "expected os[(version+feature)][/architecture[/variant]]");
  }
  const system = { os: normaliseOs(os[1] ?? ""), ...osOptions(os, text) };
  const [architecture, variant] = rest;
  if (architecture !== undefined) return { ...system, ...readProcessor(architecture, variant) };
  if (OPERATING_SYSTEMS.has(system.os)) return { ...system, ...hostProcessor(host) };
  const processor = readProcessor(first, undefined);
  if (ARCHITECTURES.has(processor.architecture)) return { os: host.os, ...processor };
  throw invalid(text, "expected a known operating system or architecture");
}

// Version and features cannot begin alike, so this takes time linear in the text.
const OS_PART = /^([\w-]+)(?:\(([\w.%-]*)((?:\+[\w.%-]+)*)\))?$/;

type System = Pick<Platform, "os" | "os.version" | "os.features">;
type Processor = Pick<Platform, "architecture" | "variant">;

function osOptions(match: RegExpExecArray, text: string): Omit<System, "os"> {
  const [, , version = "", features = ""] = match;
  try {
    const names = features.split("+").slice(1).map(decodeURIComponent);
    return {
      ...(version === "" ? {} : { "os.version": decodeURIComponent(version) }),
      ...(names.length === 0 ? {} : { "os.features": names }),
    };
  } catch (error) {
    if (error instanceof URIError) throw invalid(text, "a bad percent escape, expected two hex digits each of UTF-8");
    throw error;
  }
}

/** The usual variant, v7 of arm and v8 of arm64, is left out unless the user names one. */
function readProcessor(architecture: string, variant: string | undefined): Processor {
  const processor = normaliseProcessor(architecture, variant);
  const { architecture: name, variant: level } = processor;
  if (variant === undefined) return name === "arm" && level === "v7" ? { architecture: name } : processor;
  return name === "arm64" && level === undefined ? { architecture: name, variant: "v8" } : processor;
}

/** Of the host's variant only that of arm counts, for a lesser one than the usual runs less. */
function hostProcessor({ architecture, variant }: Platform): Processor {
  const lesser = architecture === "arm" && variant !== undefined && variant !== "v7";
  return lesser ? { architecture, variant } : { architecture };
}

function invalid(text: string, message: string): TeuError<SpecErrorCode> {
  return new TeuError("ERR_PLATFORM_INVALID", `Reading platform ${quote(text)}: ${message}`);
}

/** Writes a platform as {@link parsePlatform} reads it back, its features sorted and once each. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant = "" } = platform;
  if (os === "") return "unknown";
  const features = sortedFeatures(platform["os.features"]).map((feature) => `+${escapeOption(feature)}`);
  const options = escapeOption(platform["os.version"] ?? "") + features.join("");
  const system = options === "" ? os : `${os}(${options})`;
  return [system, architecture, variant].filter((part) => part !== "").join("/");
}

function escapeOption(text: string): string {
  return text.toWellFormed().replace(/[^\w.-]/gu, (character) => {
    const escaped = encodeURIComponent(character);
    return escaped === character ? `%${character.charCodeAt(0).toString(16).toUpperCase()}` : escaped;
  });
}

function sortedFeatures(features: readonly string[] = []): readonly string[] {
  return [...new Set(features)].filter((feature) => feature !== "").sort();
}

/**
 * The same platform under its usual names: `x86_64` becomes `amd64`, `armhf` becomes `arm` with `v7`, a variant that goes
 * without saying (`v8` of arm64, `v1` of amd64) is dropped, features are sorted. Two platforms that mean the same are equal then.
 */
export function normalisePlatform(platform: Platform): Platform {
  const { variant, "os.features": features, ...rest } = platform;
  const names = sortedFeatures(features);
  return {
    ...rest,
    os: normaliseOs(platform.os),
    ...normaliseProcessor(platform.architecture, variant),
    ...(names.length === 0 ? {} : { "os.features": names }),
  };
}

function normaliseOs(os: string): string {
  const lower = os.toLowerCase();
  return lower === "macos" ? "darwin" : lower;
}

function normaliseProcessor(architecture: string, variant: string | undefined): Processor {
  const name = architecture.toLowerCase();
  const alias = ALIASES.get(name) ?? { architecture: name };
  const given = alias.variant ?? (variant ?? "").toLowerCase();
  const usual = USUAL_VARIANTS.get(alias.architecture)?.get(given) ?? given;
  return usual === "" ? { architecture: alias.architecture } : { architecture: alias.architecture, variant: usual };
}

const ALIASES: ReadonlyMap<string, Processor> = new Map<string, Processor>([
  ["i386", { architecture: "386", variant: "" }],
  ["x86_64", { architecture: "amd64" }],
  ["x86-64", { architecture: "amd64" }],
  ["aarch64", { architecture: "arm64" }],
  ["armhf", { architecture: "arm", variant: "v7" }],
  ["armel", { architecture: "arm", variant: "v6" }],
]);

/** Other spellings of variants by architecture; the empty one goes without saying. */
const USUAL_VARIANTS: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ["amd64", new Map([["v1", ""]])],
  ["arm64", new Map(Object.entries({ "8": "", v8: "", "v8.0": "", "9": "v9", "9.0": "v9", "v9.0": "v9" }))],
  ["arm", new Map(Object.entries({ "": "v7", "5": "v5", "6": "v6", "7": "v7", "8": "v8" }))],
]);

/**
 * The platform that Node names by `process.platform` and `process.arch`. `variant` is that of the processor where it
 * matters, which is on 32-bit arm.
 */
export function platformOfNode(os: string, arch: string, variant?: string): Platform {
  return {
    os: NODE_SYSTEMS.get(os) ?? os,
    architecture: NODE_ARCHITECTURES.get(arch) ?? arch,
    ...(variant === undefined ? {} : { variant }),
  };
}

const NODE_SYSTEMS: ReadonlyMap<string, string> = new Map([
  ["win32", "windows"],
  ["sunos", "solaris"],
]);

const NODE_ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
  ["mipsel", "mipsle"],
  ["ppc64", "ppc64le"],
]);
