/**
 * Descriptors: how one piece of content names another, by type, digest and size.
 * @module
 */
import type { Annotations } from "./annotations.ts";
import { type Digest, parseDigest } from "./digest.ts";
import { OCI_EMPTY } from "./media-types.ts";
import type { Platform } from "./platform.ts";

/**
 * A reference to content.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#properties}
 */
export interface Descriptor {
  /** Media type of the content (RFC 6838). */
  readonly mediaType: string;
  readonly digest: Digest;
  /** Size of the content in bytes, at most 2^53 - 1. */
  readonly size: number;
  /** Addresses (RFC 3986) that the content may be downloaded from. */
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /** The content itself in base64 (RFC 4648 section 4), for small pieces. */
  readonly data?: string;
  /** What the content is, when it is a manifest of an artifact. */
  readonly artifactType?: string;
  /** What the content runs on, when it is an image. */
  readonly platform?: Platform;
}

/**
 * The descriptor for places that demand one but have no content: it names the two bytes `{}`.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor}
 */
export const EMPTY_DESCRIPTOR: Descriptor = {
  mediaType: OCI_EMPTY,
  digest: parseDigest("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
  size: 2,
  data: "e30=",
};
