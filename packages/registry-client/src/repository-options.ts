/**
 * How a repository is read and written.
 * @module
 */
import type { UploadSessions } from "./upload-sessions.ts";

/** Options of a repository. Sizes are in bytes. */
export interface RepositoryOptions {
  /** Where unfinished uploads are remembered. Default: in memory. */
  readonly sessions?: UploadSessions | undefined;
  /** Send large blobs in chunks of this size, instead of in one piece. Registries may ask for larger ones. */
  readonly chunkBytes?: number | undefined;
  /** Blobs up to this size are held in memory and sent at once. Default: 1 MiB. */
  readonly smallBlobBytes?: number | undefined;
  /** Read large blobs in so many ranges at a time; each takes memory of `rangeBytes`. Default: 1. */
  readonly parallelRanges?: number | undefined;
  /** Default: 8 MiB. */
  readonly rangeBytes?: number | undefined;
  /** True to get layers that the registry lacks from the addresses that their descriptors name. Default: false. */
  readonly foreignUrls?: boolean | undefined;
  /** True to push layers whose distribution is restricted too. Default: false. */
  readonly pushRestricted?: boolean | undefined;
  /** True to ask for blobs from any repository of the registry where none is known to have them. Default: false. */
  readonly mountAnywhere?: boolean | undefined;
  /** The host in the name of the image, for a proxy that stands in for several. */
  readonly namespace?: string | undefined;
}
