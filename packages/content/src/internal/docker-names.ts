/**
 * Names and lists of images as Docker's archives have them.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import type { ArchiveImage } from "@teu/spec/docker/archive";
import { blobPath } from "@teu/spec/image/layout";
import { isConfig, isIndex, isManifest } from "@teu/spec/media-types";
import { choosePlatform } from "@teu/spec/platform-match";
import type { Platform } from "@teu/spec/platform";
import {
  type Reference,
  formatFamiliar,
  formatReference,
  isReference,
  parseReference,
  withDefaultTag,
} from "@teu/spec/reference";
import { readDocument, walk } from "../graph.ts";
import type { LayoutEntry, LayoutIndex } from "../layout-index.ts";
import type { BlobReader, CallOptions } from "../store.ts";
import { invalidTag } from "./store-errors.ts";

/** The annotation by which Docker and containerd name an entry of an index.json in full. */
export const IMAGE_NAME = "io.containerd.image.name";

/** @throws TeuError `ERR_TAG_INVALID` if `name` is not the name of an image with a tag or none. */
export function checkImageName(name: string): void {
  if (!isReference(name) || parseReference(name).digest !== undefined) {
    throw invalidTag(name, "the name of an image, such as docker.io/library/busybox:1");
  }
}

/** The full form of an image's name, by which the same names written differently are known: `docker.io/library/busybox:1`. */
export function fullName(name: string): string {
  return isReference(name) ? formatReference(withDefaultTag(parseReference(name))) : name;
}

/** The index with its names as Docker writes them: in full in an annotation, the tag alone as the name of the entry. */
export function dockerIndex(index: LayoutIndex): LayoutIndex {
  return { ...index, entries: index.entries.map(dockerEntry) };
}

function dockerEntry(entry: LayoutEntry): LayoutEntry {
  if (entry.name === undefined) return entry;
  const reference: Reference = withDefaultTag(parseReference(entry.name));
  const { annotations, ...raw } = entry.raw as { readonly annotations?: object };
  const named = { [IMAGE_NAME]: formatReference(reference), "org.opencontainers.image.ref.name": reference.tag ?? "" };
  return { ...entry, raw: { ...raw, annotations: { ...annotations, ...named } } };
}

/** How to describe images. */
export interface DescribeOptions extends CallOptions {
  /** Which image of an index gets its names. */
  readonly platform?: Platform | undefined;
}

/** The images of an archive as its manifest.json lists them, artifacts left out. */
export async function describeImages(
  store: BlobReader,
  index: LayoutIndex,
  options: DescribeOptions,
): Promise<readonly ArchiveImage[]> {
  const images = new Map<Digest, { readonly image: ArchiveImage; readonly names: Set<string> }>();
  for (const { descriptor, name } of index.entries) {
    const manifest = await imageOf(store, descriptor, options);
    const image = manifest === undefined ? undefined : await describe(store, manifest, options);
    if (manifest === undefined || image === undefined) continue;
    const known = images.get(manifest.digest) ?? { image, names: new Set() };
    if (name !== undefined) known.names.add(formatFamiliar(withDefaultTag(parseReference(name))));
    images.set(manifest.digest, known);
  }
  return [...images.values()].map(({ image, names }) => ({ ...image, RepoTags: [...names] }));
}

/** The manifest that stands for an entry: itself, or one of those of an index that are in the store. */
async function imageOf(
  store: BlobReader,
  root: Descriptor,
  { platform, signal }: DescribeOptions,
): Promise<Descriptor | undefined> {
  if (!isIndex(root.mediaType)) return isManifest(root.mediaType) ? root : undefined;
  const manifests: Descriptor[] = [];
  const enters = ({ mediaType }: Descriptor): boolean => isIndex(mediaType);
  for await (const { descriptor } of walk(store, root, { enters, allowMissing: true, signal })) {
    if (isManifest(descriptor.mediaType) && (await store.has(descriptor))) manifests.push(descriptor);
  }
  return platform === undefined ? manifests[0] : choosePlatform(manifests, platform);
}

async function describe(
  store: BlobReader,
  manifest: Descriptor,
  options: CallOptions,
): Promise<ArchiveImage | undefined> {
  const { links } = await readDocument(store, manifest, options);
  const [config, ...layers] = links.children;
  if (config === undefined || !isConfig(config.mediaType)) return undefined;
  return {
    Config: blobPath(config.digest),
    RepoTags: [],
    Layers: layers.map(({ digest }) => blobPath(digest)),
  };
}
