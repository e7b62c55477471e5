/**
 * Other registries that a registry pulls from what it does not have. This room talks to none itself: who serves it passes
 * in what does.
 * @module
 */
import type { ByteStream } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";

/** How a call may be ended. */
interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** One repository elsewhere. The stores of `@teu/registry-client` are such. */
export interface UpstreamRepository {
  /** What a tag or the digest of a manifest stands for; nothing if it is not there. */
  resolve(name: string, options?: CallOptions): Promise<Descriptor | undefined>;
  /** The size of a blob in bytes; nothing if it is not there. */
  sizeOf(digest: Digest, options?: CallOptions): Promise<number | undefined>;
  /** Reads content. What comes is not believed: it is verified here. */
  openUnverified(descriptor: Descriptor, options?: CallOptions): ByteStream;
}

/** An upstream as the configuration has it. */
export interface UpstreamConfig {
  /** Patterns of our repositories that it stands behind. */
  readonly match: readonly string[];
  /** Address without `/v2/`. Nothing that a client says changes where requests go. */
  readonly url: string;
  /** What our names begin with and theirs do not, such as `hub/`. */
  readonly strip: string;
  /** What their names begin with and ours do not, such as `library/`. */
  readonly prefix: string;
  /** The name by which clients ask for it with `ns`, such as `docker.io`. */
  readonly namespace?: string | undefined;
  /** How long a tag holds until the upstream is asked again, in milliseconds. */
  readonly freshMs: number;
  readonly user?: string | undefined;
  /** File of the password. */
  readonly passwordFile?: string | undefined;
}

/** Opens a repository of an upstream. Requests carry `via` as their header of that name. */
export type OpenUpstream = (
  config: UpstreamConfig,
  name: string,
  via: string,
) => UpstreamRepository | Promise<UpstreamRepository>;
