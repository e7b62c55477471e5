/**
 * What refers to content: asked of the store where it knows, else looked up under the fallback tag.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { OCI_EMPTY, isIndex } from "@teu/spec/media-types";
import { type Links, hasLinks, parseLinks } from "./links.ts";
import { type BlobReader, type CallOptions, type ReferrerOptions, type TagResolver, can } from "./store.ts";
import { readNamed, readVerified } from "./verified-read.ts";

/**
 * The tag under which stores without a list of referrers keep an index of them.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema}
 */
export function fallbackTag(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`.replace(/[^a-zA-Z0-9._-]/g, "-");
}

/**
 * Lists what refers to `subject` in `store`, each once.
 * @throws TeuError what reading the fallback index may throw.
 */
export async function* listReferrers(
  store: BlobReader & Partial<TagResolver>,
  subject: Descriptor,
  options: ReferrerOptions = {},
): AsyncGenerator<Descriptor, void, undefined> {
  const found = can(store, "referrers")
    ? store.referrers(subject, options)
    : fallbackReferrers(store, subject, options);
  const seen = new Set<Digest>();
  for await (const descriptor of found) {
    if (seen.has(descriptor.digest)) continue;
    seen.add(descriptor.digest);
    yield descriptor;
  }
}

/** Lists the referrers that the index under the fallback tag names; none if there is no such tag. */
export async function* fallbackReferrers(
  store: BlobReader & Partial<TagResolver>,
  subject: Descriptor,
  options: ReferrerOptions = {},
): AsyncGenerator<Descriptor, void, undefined> {
  const list = await readNamed(store, fallbackTag(subject.digest), options);
  if (list === undefined || !isIndex(list.descriptor.mediaType)) return;
  const { children } = parseLinks(list.bytes, list.descriptor);
  for (const child of children) {
    const descriptor = await completed(store, child, options);
    if (isWanted(descriptor, options)) yield descriptor;
  }
}

/** Some registries list every referrer with the empty type or with none, so those are looked at. */
async function completed(store: BlobReader, listed: Descriptor, options: ReferrerOptions): Promise<Descriptor> {
  const isKnown = listed.artifactType !== undefined && listed.artifactType !== OCI_EMPTY;
  if (isKnown || !hasLinks(listed.mediaType)) return listed;
  const { artifactType, annotations } = parseLinks(await readVerified(store, listed, options), listed);
  return {
    ...listed,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/**
 * The referrers of `subject` among `candidates`, whose documents are read; for stores that have no better way.
 * Candidates without links are passed over.
 */
export async function* referrersAmong(
  store: BlobReader,
  candidates: Iterable<Descriptor> | AsyncIterable<Descriptor>,
  subject: Descriptor,
  options: ReferrerOptions = {},
): AsyncGenerator<Descriptor, void, undefined> {
  const found = (await groupBySubject(store, candidates, options)).get(subject.digest) ?? [];
  yield* found.filter((referrer) => isWanted(referrer, options));
}

/** Those of `candidates` that have a subject, by its digest. Their documents are read. */
export async function groupBySubject(
  store: BlobReader,
  candidates: Iterable<Descriptor> | AsyncIterable<Descriptor>,
  options: CallOptions = {},
): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
  const groups = new Map<Digest, Descriptor[]>();
  for await (const candidate of candidates) {
    if (!hasLinks(candidate.mediaType)) continue;
    const links = parseLinks(await readVerified(store, candidate, options), candidate);
    if (links.subject === undefined) continue;
    const group = groups.get(links.subject.digest) ?? [];
    groups.set(links.subject.digest, [...group, referrerEntry(candidate, links)]);
  }
  return groups;
}

/** Tells whether a referrer is of the artifact type that is asked for. */
export function isWanted(referrer: Descriptor, { artifactType }: ReferrerOptions): boolean {
  return artifactType === undefined || referrer.artifactType === artifactType;
}

/** What a list of referrers says of one. */
function referrerEntry({ mediaType, digest, size }: Descriptor, { artifactType, annotations }: Links): Descriptor {
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
