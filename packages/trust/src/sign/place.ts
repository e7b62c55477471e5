/**
 * Where signatures are put: beside the image, as what refers to it and under cosign's tags.
 * @module
 */
import { copy } from "@teu/content/copy";
import { walk } from "@teu/content/graph";
import { parseLinks } from "@teu/content/links";
import { type NamedContent, nameBytes, overlay } from "@teu/content/overlay";
import { type NewArtifact, packArtifact } from "@teu/content/pack";
import type { CallOptions, Source, Target } from "@teu/content/store";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { isIndex, isManifest } from "@teu/spec/media-types";
import { formatRfc3339, fromMilliseconds } from "@teu/std/time";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import { type LegacyKind, legacyTag, writeLegacyManifest } from "../formats/legacy.ts";
import { BUNDLE_ANNOTATION, BUNDLE_TYPE } from "../formats/types.ts";

/** A store of images that signatures can be written to. */
export interface SignPlace extends CallOptions {
  readonly store: Source & Target;
  /** The name under which the store keeps a tag of the image's repository. Default: the tag itself. */
  readonly nameOfTag?: (tag: string) => string;
}

/** An image or index, and all images and indexes below it, each once. */
export async function subjectsBelow(place: SignPlace, root: Descriptor): Promise<readonly Descriptor[]> {
  const subjects = new Map([[root.digest, root]]);
  for await (const { descriptor } of walk(place.store, root, { signal: place.signal }))
    if (isIndex(descriptor.mediaType) || isManifest(descriptor.mediaType)) subjects.set(descriptor.digest, descriptor);
  return [...subjects.values()];
}

/** A bundle to be put beside an image. */
export interface NewBundle {
  readonly bytes: Uint8Array;
  readonly predicateType: string;
  /** When it was made, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** Puts a bundle beside an image as its referrer, and answers with the descriptor of its manifest. */
export async function putBundle(place: SignPlace, subject: Descriptor, bundle: NewBundle): Promise<Descriptor> {
  return await putArtifact(place, {
    artifactType: BUNDLE_TYPE,
    contents: [nameBytes(bundle.bytes, { mediaType: BUNDLE_TYPE })],
    subject,
    annotations: {
      [BUNDLE_ANNOTATION.content]: "dsse-envelope",
      [BUNDLE_ANNOTATION.predicateType]: bundle.predicateType,
      [BUNDLE_ANNOTATION.created]: formatRfc3339(fromMilliseconds(Math.floor(bundle.nowMs / 1000) * 1000)),
    },
  });
}

/** Puts an artifact into the store, which finds it by its subject. */
export async function putArtifact({ store, signal }: SignPlace, artifact: NewArtifact): Promise<Descriptor> {
  const graph = packArtifact(artifact);
  return await copy(graph.store, store, graph.root, { signal });
}

const MAX_LAYERS = 1000;
const MAX_ATTEMPTS = 5;

/**
 * Adds a layer to what cosign's tag for an image holds. Others may add at the same time, so it looks whether the layer is
 * there in the end, and adds it again if another overwrote it.
 * @throws TeuError `ERR_SIGN_PLACE` if something else stands under the tag, or others keep overwriting.
 */
export async function addLegacyLayer(
  place: SignPlace,
  subject: Descriptor,
  { kind, layer }: { readonly kind: LegacyKind; readonly layer: NamedContent },
): Promise<Descriptor> {
  const { store, signal, nameOfTag = (tag) => tag } = place;
  const tag = nameOfTag(legacyTag(subject.digest, kind));
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const layers = [...(await layersAt(place, tag)), layer.descriptor];
    if (layers.length > MAX_LAYERS) throw refused(tag, `${layers.length} layers, expected at most ${MAX_LAYERS}`);
    const { config, manifest } = writeLegacyManifest(layers);
    const source = overlay([layer, config, manifest], store);
    await copy(source, store, manifest.descriptor, { tags: [tag], signal });
    if ((await layersAt(place, tag)).some((each) => isSameLayer(each, layer.descriptor))) return manifest.descriptor;
  }
  throw refused(tag, "others keep overwriting it");
}

function isSameLayer(a: Descriptor, b: Descriptor): boolean {
  return a.digest === b.digest && JSON.stringify(a.annotations) === JSON.stringify(b.annotations);
}

async function layersAt({ store, signal }: SignPlace, tag: string): Promise<readonly Descriptor[]> {
  const manifest = await store.resolve(tag, { signal });
  if (manifest === undefined) return [];
  if (!isManifest(manifest.mediaType)) throw refused(tag, `${manifest.mediaType}, expected a manifest of signatures`);
  const { children } = parseLinks(await readVerified(store, manifest, { signal }), manifest);
  // The first is the config.
  return children.slice(1);
}

function refused(tag: string, problem: string): TeuError<TrustErrorCode> {
  return new TeuError("ERR_SIGN_PLACE", `Adding a signature under the tag "${tag}": ${problem}`);
}
