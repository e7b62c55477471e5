/**
 * Pushes manifests, by digest and by tag.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import { OCI_TAG, parseTagHeader } from "@teu/spec/distribution/headers";
import { type Context, checkDigestHeader, pathOf, pushScopes, sendBare, tagPath } from "./context.ts";

/** A manifest as it goes out. */
export interface OutgoingManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
}

/** How to push it. */
export interface ManifestPush {
  /** Tags that it gets by the draft's parameters. */
  readonly tags?: readonly string[];
  /** The entity tag that what is replaced has to have. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal | undefined;
}

/** What became of it. */
export interface PushedManifest {
  /** True if the registry took note of the subject, or there is none. */
  readonly hasSubject: boolean;
  /** The tags that were set by the draft's parameters. */
  readonly tags: readonly string[];
}

/** Pushes a manifest under its digest, or under `tag`. */
export async function pushManifest(
  context: Context,
  { bytes, mediaType, digest }: OutgoingManifest,
  { tags = [], ifMatch, signal }: ManifestPush = {},
  tag?: string,
): Promise<PushedManifest> {
  const query = tags.map((each) => `tag=${encodeURIComponent(each)}`).join("&");
  const path = tag === undefined ? pathOf(context, "manifest", digest) : tagPath(context, tag);
  const answer = await sendBare(context, {
    method: "PUT",
    target: query === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${query}`,
    headers: { "content-type": mediaType, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) },
    body: bytes,
    scopes: pushScopes(context),
    expect: [201],
    signal,
  });
  checkDigestHeader("PUT", answer, digest);
  const set = answer.headers.get(OCI_TAG);
  return { hasSubject: answer.headers.get("oci-subject") !== null, tags: set === null ? [] : parseTagHeader(set) };
}

// As many as registries that know how are asked to take.
const TAGS_AT_ONCE = 10;

/** Gives a manifest tags by the draft's parameters, and tells which were set: none where the registry does not know them. */
export async function pushTags(
  context: Context,
  manifest: OutgoingManifest,
  names: readonly string[],
  options: Pick<ManifestPush, "signal">,
): Promise<ReadonlySet<string>> {
  const set = new Set<string>();
  for (let at = 0; at < names.length; at += TAGS_AT_ONCE) {
    const { tags } = await pushManifest(context, manifest, { ...options, tags: names.slice(at, at + TAGS_AT_ONCE) });
    for (const tag of tags) set.add(tag);
    if (tags.length === 0) break;
  }
  return set;
}
