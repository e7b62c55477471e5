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
