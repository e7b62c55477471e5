/**
 * What the engine has to know of an image to run it, kept beside its unpacked layers, so that a start reads one file.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import type { ImageConfig } from "@teu/spec/image/config";

/** The check of a container's health, as Docker adds it to image configurations. Times are nanoseconds. */
export interface Healthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** An image that is ready to run. */
export interface ImageRecord {
  /** Digest of the index or manifest that the name stands for. */
  readonly root: Digest;
  readonly manifest: Digest;
  /** Digest of the configuration: what Docker calls the image's id. */
  readonly config: Digest;
  /** The configuration, as it is in the image. */
  readonly image: ImageConfig & { readonly config?: { readonly Healthcheck?: Healthcheck } };
  /** Folders of the layers below the folder of all layers, base first. */
  readonly layers: readonly string[];
  /** The image's own files of users and groups. */
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}
