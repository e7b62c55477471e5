/**
 * Platforms: which machines an image is for, and which image of an index suits a machine best.
 * @module
 */

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
