/**
 * Finds every signature and attestation of an image: all that refers to it, and what stands under cosign's tags. Nothing is
 * judged here, and what a store says of content is not relied on: every manifest is looked into.
 * @module
 */
import { readVerified } from "@teu/content/verified-read";
import { type Links, hasLinks, parseLinks } from "@teu/content/links";
import { listReferrers } from "@teu/content/referrers";
import { type CallOptions, type NamedDocument, type Source, can } from "@teu/content/store";
import type { Annotations } from "@teu/spec/annotations";
import type { Descriptor } from "@teu/spec/descriptor";
import { isTeuError } from "@teu/std/error";
import { mapLimit } from "@teu/std/limit";
import { MAX_BUNDLE_BYTES } from "../formats/bundle.ts";
import { type LegacyKind, legacyTag } from "../formats/legacy.ts";
import { COSE_TYPE, DSSE_TYPE, JWS_TYPE, NOTATION_TYPE, SIMPLE_SIGNING_TYPE, isBundleType } from "../formats/types.ts";

/** The format of something that was found. */
export type FoundForm = "bundle" | "simple-signing" | "dsse" | "notation-jws" | "notation-cose" | "gpg";

/** Where something was found. */
export interface FoundPlace {
  readonly place: "referrer" | "tag" | "lookaside";
  /** The manifest that holds it; of what is kept apart from the registry, its own descriptor. */
  readonly manifest: Descriptor;
}

/** A signature or an attestation, unverified. */
export interface Found extends FoundPlace {
  readonly form: FoundForm;
  /** The layer that is the signature, or its payload. */
  readonly layer: Descriptor;
  readonly bytes: Uint8Array;
  /** Those of the layer in front of those of the manifest. */
  readonly annotations: Annotations;
}

/** What could not be read, or is of a format that is not known here. */
export interface Unread extends FoundPlace {
  readonly form: "unknown";
  readonly problem: string;
  /** Whether it can be read, and is listed for another image than the one that it refers to. */
  readonly isOthers?: boolean;
}

/** How to look for signatures. */
export interface GatherOptions extends CallOptions {
  /** The name under which a store keeps a tag of the image's repository. Default: the tag itself. */
  readonly nameOfTag?: (tag: string) => string;
  /** Most manifests that are read, and most signatures of one manifest. Default: 500. */
  readonly maxManifests?: number;
  /** A folder of signatures in files of their own, kept apart from the registry or beside the image in a `dir:` folder. */
  readonly lookasideFolder?: string | undefined;
}

const DEFAULT_MAX_MANIFESTS = 500;

/**
 * Lists what is known of `subject` in a store, signatures of referrers first.
 * @throws TeuError what listing may throw; content that is missing or wrong is told as {@link Unread} instead.
 */
export async function* gather(
  store: Source,
  subject: Descriptor,
  options: GatherOptions = {},
): AsyncGenerator<Found | Unread, void, undefined> {
  // Each is a chain of requests that wait for each other, so all are under way at once.
  const parts = await mapLimit(
    [referrers, tagged("sig"), tagged("att")],
    async (places, signal) => await readAll(store, subject, { ...options, places, signal }),
    { concurrency: 3, signal: options.signal },
  );
  yield* parts.flat();
  if (options.lookasideFolder !== undefined) yield* inLookaside(options.lookasideFolder);
}

// Loaded where it is asked for, since most signatures are in a registry.
async function* inLookaside(folder: string): AsyncGenerator<Found | Unread, void, undefined> {
  const { readLookaside } = await import("./lookaside.ts");
  const { readSignatureFile } = await import("./signature-file.ts");
  for await (const bytes of readLookaside(folder)) yield readSignatureFile(bytes);
}

/** A place to look into, with what is there if that came with it. */
interface ListedPlace {
  readonly place: FoundPlace;
  readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
}

/** Lists places to look into. */
type ListPlaces = (
  store: Source,
  subject: Descriptor,
  options: GatherOptions,
) => AsyncGenerator<ListedPlace, void, undefined>;

async function* referrers(
  store: Source,
  subject: Descriptor,
  { signal }: GatherOptions,
): AsyncGenerator<ListedPlace, void, undefined> {
  for await (const manifest of listReferrers(store, subject, { signal }))
    yield { place: { place: "referrer", manifest } };
}

function tagged(kind: LegacyKind): ListPlaces {
  return async function* (store, subject, { signal, nameOfTag = (tag) => tag }) {
    const found = await findUnder(store, nameOfTag(legacyTag(subject.digest, kind)), { signal });
    if (found !== undefined) yield { place: { place: "tag", manifest: found.descriptor }, bytes: found.bytes };
  };
}

/** What a name stands for, with its content where the store gives that at once. Wrong content is told of when it is read. */
async function findUnder(
  store: Source,
  name: string,
  options: CallOptions,
): Promise<(Partial<NamedDocument> & Pick<NamedDocument, "descriptor">) | undefined> {
  try {
    if (can(store, "manifest")) return await store.manifest(name, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isTeuError(error)) throw error;
  }
  const descriptor = await store.resolve(name, options);
  return descriptor === undefined ? undefined : { descriptor };
}

async function readAll(
  store: Source,
  subject: Descriptor,
  options: GatherOptions & { readonly places: ListPlaces },
): Promise<readonly (Found | Unread)[]> {
  const { places, signal, maxManifests = DEFAULT_MAX_MANIFESTS } = options;
  const all: (Found | Unread)[] = [];
  let count = 0;
  for await (const { place, bytes } of places(store, subject, options)) {
    count += 1;
    if (count > maxManifests)
      return [...all, { ...place, form: "unknown", problem: `more than ${maxManifests} of them` }];
    for await (const found of readPlace(store, subject, { place, bytes, signal, maxLayers: maxManifests }))
      all.push(found);
  }
  return all;
}

interface PlaceRead extends CallOptions, ListedPlace {
  readonly maxLayers: number;
}

async function* readPlace(
  store: Source,
  subject: Descriptor,
  { place, bytes: given, signal, maxLayers }: PlaceRead,
): AsyncGenerator<Found | Unread, void, undefined> {
  try {
    const { manifest } = place;
    if (!hasLinks(manifest.mediaType)) return;
    const links = parseLinks(given ?? (await readVerified(store, manifest, { signal })), manifest);
    if (place.place === "referrer" && links.subject?.digest !== subject.digest) {
      const problem = `its subject is ${links.subject?.digest ?? "missing"}`;
      yield { ...place, form: "unknown", problem, isOthers: true };
      return;
    }
    if (links.children.length > maxLayers + 1) {
      yield {
        ...place,
        form: "unknown",
        problem: `it has ${links.children.length} parts, expected at most ${maxLayers}`,
      };
      return;
    }
    for (const layer of links.children) {
      const form = formOf(layer, links);
      if (form === undefined) continue;
      const bytes = await readVerified(store, layer, { signal, maxBytes: MAX_BUNDLE_BYTES });
      yield { ...place, form, layer, bytes, annotations: { ...links.annotations, ...layer.annotations } };
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!isTeuError(error)) throw error;
    yield { ...place, form: "unknown", problem: error.message };
  }
}

function formOf({ mediaType }: Descriptor, { artifactType }: Links): FoundForm | undefined {
  if (isBundleType(mediaType)) return "bundle";
  if (mediaType === SIMPLE_SIGNING_TYPE) return "simple-signing";
  if (mediaType === DSSE_TYPE) return "dsse";
  if (artifactType !== NOTATION_TYPE) return undefined;
  if (mediaType === JWS_TYPE) return "notation-jws";
  return mediaType === COSE_TYPE ? "notation-cose" : undefined;
}
