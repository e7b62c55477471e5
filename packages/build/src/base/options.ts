/**
 * What a base is to be, and with what it is made.
 * @module
 */
import type { JsonObject } from "@teu/content/mutate/document";
import type { BlobReader } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Platform } from "@teu/spec/platform";
import type { AptHost } from "./apt/host.ts";
import type { LayerCompression } from "./image/write-image.ts";

/** What is asked for. */
export interface BaseRequest {
  /** Each once, one at least. */
  readonly platforms: readonly Platform[];
  /** Packages as in a field Depends, such as `libc6` or `libc6 (>= 2.36)`, or `NAME=VERSION`. */
  readonly packages: readonly string[];
  /** Names of packages that count as there, and are left out. */
  readonly without: readonly string[];
  /** Nothing for a base without Node.js. */
  readonly node?: NodeRequest | undefined;
}

/** Which Node.js. */
export interface NodeRequest {
  /** Such as `24`, `24.1` or `24.1.0`: the newest of those that begin so and are there for all platforms. */
  readonly version: string;
}

/** How images are made of packages. What is here changes the image. */
export interface ImageOptions {
  /** Whether documentation and translations are kept. Default: false. */
  readonly keepsDocs?: boolean;
  /** Names of packages whose scripts can be left out whatever they do. Default: none. */
  readonly ignoreScriptsOf?: readonly string[];
  /** Digests of scripts that can be left out, beside those that a lock has. Default: none. */
  readonly acceptScripts?: readonly string[];
  /** Most layers of packages. Default: 4. */
  readonly maxLayers?: number;
  /** Default: `gzip`. */
  readonly compression?: LayerCompression;
  /** The time of the image, and of no file later, in seconds since 1970. Default: that of the newest file of a package. */
  readonly epochSeconds?: number | undefined;
  /** Whom containers run as. Default: the user `nonroot`, by its number. */
  readonly user?: string;
}

/** With what bases are made. */
export interface BaseContext {
  readonly apt: AptHost;
  /** Folder for downloads and finished bases, which may be removed at any time. */
  readonly cacheFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder whose npm configuration counts. Default: that of the cache. */
  readonly folder?: string;
  readonly onEvent?: (event: BaseEvent) => void;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly nowMs?: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** Something that people may want to know while they wait. */
export type BaseEvent =
  | { readonly kind: "download"; readonly url: string }
  | { readonly kind: "chosen"; readonly platform: string; readonly packages: number; readonly bytes: number }
  | { readonly kind: "layer"; readonly platform: string; readonly title: string; readonly bytes: number }
  | { readonly kind: "kept"; readonly platform: string };

/** A base for one platform, as an image in a store. */
export interface BaseImage {
  readonly platform: Platform;
  readonly descriptor: Descriptor;
  readonly manifest: JsonObject;
  readonly config: JsonObject;
  /** Has all content of the image and of its {@link sbom}. */
  readonly reader: BlobReader;
  /** The artifact with the list of what is in the image, as SPDX. */
  readonly sbom: Descriptor;
}
