/**
 * The query parameters of the registry API, as a registry reads them.
 * @module
 */
import { type Digest, digestProblem, isDigest } from "../digest.ts";
import { isHost, isPath, isTag } from "../reference.ts";
import { type WireProblem, refuse } from "./wire-error.ts";

/** Which part of a list is asked for. */
export interface Pagination {
  readonly kind: "pagination";
  /** How many entries at most; none given means as many as the registry likes. */
  readonly n?: number;
  /** Entries up to and with this one are left out. */
  readonly last?: string;
}

const MAX_LAST_LENGTH = 1024;

/**
 * Reads `n` and `last`. Numbers above 2^53 - 1 count as that.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags}
 */
export function parsePagination(query: URLSearchParams): Pagination | WireProblem {
  const [n, last] = [query.get("n"), query.get("last")];
  if (n !== null && !/^[0-9]+$/.test(n)) return refuse("PAGINATION_NUMBER_INVALID", "expected a whole number as n");
  if (last !== null && last.length > MAX_LAST_LENGTH) {
    return refuse("UNSUPPORTED", `${last.length} characters as last, expected at most ${MAX_LAST_LENGTH}`, 400);
  }
  return {
    kind: "pagination",
    ...(n === null ? {} : { n: Math.min(Number(n), Number.MAX_SAFE_INTEGER) }),
    ...(last === null ? {} : { last }),
  };
}

/** Writes `n` and `last`, without question mark. */
export function formatPagination({ n, last }: Omit<Pagination, "kind">): string {
  const query = new URLSearchParams();
  if (n !== undefined) query.set("n", String(n));
  if (last !== undefined) query.set("last", last);
  return query.toString();
}

/** What a POST to the uploads of a repository asks for. */
export type UploadRequest =
  /** A session; `algorithm` is that of the digest to come. */
  | { readonly kind: "session"; readonly algorithm?: string }
  /** Storing the body under `digest` at once. */
  | { readonly kind: "whole"; readonly digest: Digest }
  /** A blob of another repository, or of any one without `from`. */
  | { readonly kind: "mount"; readonly digest: Digest; readonly from?: string };

/** Reads the query of a POST to the uploads of a repository. */
export function parseUploadRequest(query: URLSearchParams): UploadRequest | WireProblem {
  const [mount, from, digest] = [query.get("mount"), query.get("from"), query.get("digest")];
  const text = mount ?? digest;
  if (text === null) return parseAlgorithm(query.get("digest-algorithm"));
  if (!isDigest(text)) return badDigest(text);
  if (mount === null) return { kind: "whole", digest: text };
  if (from !== null && !isPath(from)) return refuse("NAME_INVALID", "expected the name of a repository as from");
  return { kind: "mount", digest: text, ...(from === null ? {} : { from }) };
}

const ALGORITHM = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*$/;

function parseAlgorithm(text: string | null): UploadRequest | WireProblem {
  if (text === null) return { kind: "session" };
  if (ALGORITHM.test(text)) return { kind: "session", algorithm: text };
  return refuse("DIGEST_INVALID", "expected a digest algorithm as digest-algorithm");
}

/** Reads the `digest` of a PUT that completes an upload. */
export function parseUploadDigest(
  query: URLSearchParams,
): { readonly kind: "digest"; readonly digest: Digest } | WireProblem {
  const text = query.get("digest") ?? "";
  return isDigest(text) ? { kind: "digest", digest: text } : badDigest(text);
}

/** Most tags that a manifest may be pushed with; the draft of the specification asks for 10 at least. */
export const MAX_PUSHED_TAGS = 100;

/**
 * Reads the `tag` parameters of a manifest that is pushed by digest, each tag once. Draft.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/967efdc079b91785ad18c77cc4f8991a47feefbf/spec.md#pushing-manifests}
 */
export function parsePushedTags(
  query: URLSearchParams,
): { readonly kind: "tags"; readonly tags: readonly string[] } | WireProblem {
  const tags = Array.from(new Set(query.getAll("tag")));
  if (tags.length > MAX_PUSHED_TAGS)
    return refuse("UNSUPPORTED", `${tags.length} tags, expected at most ${MAX_PUSHED_TAGS}`, 414);
  return tags.every(isTag) ? { kind: "tags", tags } : refuse("TAG_INVALID", "expected tags as tag");
}

/**
 * Reads the filter of a request for referrers. A space stands for a plus sign that the client did not encode, since media
 * types have no spaces.
 */
export function parseReferrersFilter(
  query: URLSearchParams,
): { readonly kind: "filter"; readonly artifactType?: string } | WireProblem {
  const artifactType = (query.get("artifactType") ?? "").replaceAll(" ", "+");
  if (artifactType === "") return { kind: "filter" };
  if (artifactType.length <= MAX_MEDIA_TYPE_LENGTH) return { kind: "filter", artifactType };
  return refuse("UNSUPPORTED", `${artifactType.length} characters as artifactType, expected a media type`, 400);
}

const MAX_MEDIA_TYPE_LENGTH = 255;

/**
 * Reads `ns`, the host in the name that a client pulls through a proxy. It selects among known upstreams; it is never an
 * address to connect to. Draft.
 */
export function parseNamespace(
  query: URLSearchParams,
): { readonly kind: "namespace"; readonly host?: string } | WireProblem {
  const host = query.get("ns");
  if (host === null || host === "") return { kind: "namespace" };
  return host.length <= MAX_HOST_LENGTH && isHost(host)
    ? { kind: "namespace", host }
    : refuse("NAME_INVALID", "expected a host as ns");
}

const MAX_HOST_LENGTH = 255;

function badDigest(text: string): WireProblem {
  return refuse("DIGEST_INVALID", digestProblem(text)?.message ?? "expected a digest");
}
