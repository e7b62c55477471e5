/**
 * Images and indexes converted between the media types of OCI and of Docker. Content of layers and configs stays as it is,
 * byte for byte; only what names it changes.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md#compatibility-matrix}
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import {
  DOCKER_MANIFEST_LIST,
  type MediaTypeFamily,
  OCI_INDEX,
  dockerEquivalent,
  isConfig,
  isIndex,
  isManifest,
  ociEquivalent,
} from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "../errors.ts";
import { type GraphLimits, readDocument } from "../graph.ts";
import type { Graph } from "../overlay.ts";
import type { CallOptions } from "../store.ts";
import { type JsonObject, withFields } from "./document.ts";
import { type Image, imageGraph, openImage } from "./image.ts";
import { mapIndex } from "./index-edit.ts";

/** Whose media types to use. */
export type ImageFamily = Exclude<MediaTypeFamily, "other">;

// What documents of Docker have no field for.
const OCI_ONLY = { annotations: undefined, artifactType: undefined, subject: undefined } as const;

/**
 * The image with the media types of `family`. Docker's have no annotations, subject and artifact type: those are lost.
 * @throws TeuError `ERR_IMAGE_INVALID` if a layer is of a type that the family has none for.
 */
export function convertImage(image: Image, family: ImageFamily): Image {
  const lost = family === "docker" ? OCI_ONLY : {};
  const descriptor = convertDescriptor(image.descriptor, family);
  return {
    ...image,
    descriptor,
    manifest: withFields(image.manifest, { mediaType: descriptor.mediaType, ...lost }),
    configType: convertType(image.configType, family),
    layers: image.layers.map((layer) => ({ ...layer, descriptor: convertDescriptor(layer.descriptor, family) })),
  };
}

/**
 * The graph of an image, or of an index and all images in it, with the media types of `family`. Entries of an index that
 * are no images of either family, such as artifacts, stay as they are.
 * @throws TeuError `ERR_IMAGE_INVALID`; what reading the documents throws.
 */
export async function convertGraph(
  graph: Graph,
  family: ImageFamily,
  options: GraphLimits & CallOptions = {},
): Promise<Graph> {
  if (!isIndex(graph.root.mediaType)) return imageGraph(convertImage(await openImage(graph, options), family));
  const editDocument = (document: JsonObject): JsonObject => convertIndexDocument(document, family);
  const editEntry = (entry: Graph): Promise<Graph> => convertEntry(entry, family, options);
  return await mapIndex(graph, editEntry, { ...options, editDocument });
}

async function convertEntry(entry: Graph, family: ImageFamily, options: GraphLimits & CallOptions): Promise<Graph> {
  if (!isManifest(entry.root.mediaType)) return entry;
  const { links } = await readDocument(entry.store, entry.root, options);
  const isImage = isConfig(links.children[0]?.mediaType ?? "");
  return isImage ? imageGraph(convertImage(await openImage(entry, options), family)) : entry;
}

function convertIndexDocument(document: JsonObject, family: ImageFamily): JsonObject {
  if (family === "oci") return withFields(document, { mediaType: OCI_INDEX });
  const entries = (document["manifests"] as readonly JsonObject[]).map((entry) => withFields(entry, OCI_ONLY));
  return withFields(document, { mediaType: DOCKER_MANIFEST_LIST, manifests: entries, ...OCI_ONLY });
}

function convertDescriptor(descriptor: Descriptor, family: ImageFamily): Descriptor {
  const mediaType = convertType(descriptor.mediaType, family);
  return mediaType === descriptor.mediaType ? descriptor : { ...descriptor, mediaType };
}

function convertType(mediaType: string, family: ImageFamily): string {
  const converted = family === "oci" ? ociEquivalent(mediaType) : dockerEquivalent(mediaType);
  if (converted !== undefined) return converted;
  const message = `Converting an image to the types of ${family === "oci" ? "OCI" : "Docker"}: ${mediaType} has no equivalent there`;
  throw new TeuError<ContentErrorCode>("ERR_IMAGE_INVALID", message);
}
