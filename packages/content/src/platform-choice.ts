/**
 * Which manifests of an index to take when only some platforms are wanted.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { MAX_CONFIG_BYTES } from "@teu/spec/image/config";
import { isConfig, isIndex, isManifest } from "@teu/spec/media-types";
import { choosePlatform } from "@teu/spec/platform-match";
import { type Platform, formatPlatform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { DEFAULT_JSON_LIMITS, JsonError, type JsonLimits } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { ContentErrorCode } from "./errors.ts";
import { type GraphLimits, readDocument, walk } from "./graph.ts";
import { readPlatform } from "./links.ts";
import type { BlobReader, CallOptions } from "./store.ts";
import { readVerified } from "./verified-read.ts";

const CONFIG_LIMITS: JsonLimits = { ...DEFAULT_JSON_LIMITS, maxLength: MAX_CONFIG_BYTES };

/** What every choice takes. */
export type ChoiceOptions = GraphLimits & CallOptions;

/**
 * The manifest that suits `platform` best: `root` itself if it is no index, else the best among the entries of the index
 * and of the indexes in it. Entries that name no platform are judged by their config.
 * @throws TeuError `ERR_PLATFORM_MISSING`; what reading the documents throws.
 */
export async function chooseManifest(
  store: BlobReader,
  root: Descriptor,
  platform: Platform,
  options: ChoiceOptions = {},
): Promise<Descriptor> {
  if (!isIndex(root.mediaType)) return root;
  return choose(await platformEntries(store, root, options), platform, root);
}

/**
 * The digests of the manifests to keep so that each of `platforms` has the one that suits it best, together with the
 * attestations that build tools put beside them.
 * @throws TeuError `ERR_PLATFORM_MISSING` if a platform has none; what reading the documents throws.
 */
export async function manifestsFor(
  store: BlobReader,
  index: Descriptor,
  platforms: readonly Platform[],
  options: ChoiceOptions = {},
): Promise<ReadonlySet<Digest>> {
  const entries = await platformEntries(store, index, options);
  const chosen = new Set(platforms.map((platform) => choose(entries, platform, index).digest));
  const attestations = entries.filter(({ annotations }) => chosen.has(annotations?.[ATTESTED] as Digest));
  return new Set([...chosen, ...attestations.map(({ digest }) => digest)]);
}

// Where BuildKit says which manifest of the same index an attestation is about.
const ATTESTED = "vnd.docker.reference.digest";

function choose(entries: readonly Descriptor[], platform: Platform, index: Descriptor): Descriptor {
  const known = entries.filter((entry) => entry.platform !== undefined);
  const chosen = choosePlatform(known, platform);
  if (chosen !== undefined) return chosen;
  const available = [...new Set(known.map((entry) => formatPlatform(entry.platform ?? platform)))];
  throw new TeuError<ContentErrorCode>(
    "ERR_PLATFORM_MISSING",
    `Choosing a manifest for ${formatPlatform(platform)} from "${index.digest}": it has ${available.join(", ") || "none"}`,
    { detail: { available } },
  );
}

/** The entries of an index and of the indexes in it that are no indexes, with their platforms. */
async function platformEntries(store: BlobReader, index: Descriptor, options: ChoiceOptions): Promise<Descriptor[]> {
  const entries: Descriptor[] = [];
  for (const entry of await leavesOf(store, index, options)) entries.push(await withPlatform(store, entry, options));
  return entries;
}

async function leavesOf(store: BlobReader, root: Descriptor, options: ChoiceOptions): Promise<readonly Descriptor[]> {
  const leaves: Descriptor[] = [];
  const enters = ({ mediaType }: Descriptor): boolean => isIndex(mediaType);
  for await (const { descriptor } of walk(store, root, { ...options, enters })) {
    if (!isIndex(descriptor.mediaType)) leaves.push(descriptor);
  }
  return leaves;
}

async function withPlatform(store: BlobReader, entry: Descriptor, options: ChoiceOptions): Promise<Descriptor> {
  if (entry.platform !== undefined || entry.artifactType !== undefined || !isManifest(entry.mediaType)) return entry;
  const { links } = await readDocument(store, entry, options);
  const config = links.children.find(({ mediaType }) => isConfig(mediaType));
  const platform = config === undefined ? undefined : await platformOf(store, config, options);
  return platform === undefined ? entry : { ...entry, platform };
}

async function platformOf(
  store: BlobReader,
  config: Descriptor,
  options: ChoiceOptions,
): Promise<Platform | undefined> {
  const bytes = await readVerified(store, config, { maxBytes: MAX_CONFIG_BYTES, signal: options.signal });
  try {
    return readPlatform(parseJsonBytes(bytes, CONFIG_LIMITS));
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
