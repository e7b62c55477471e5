/**
 * An image as data that the functions of this folder change: what the manifest and the config say, and the layers with the
 * stores that they are in. Nothing is read but the two documents, nothing is written. Fields that are unknown here stay.
 *
 *     const image = await openImage({ root, store });
 *     const { root: changed, store: changes } = imageGraph(changeContainer(image, { user: "app" }));
 *     await copy(changes, target, changed, { tags: ["v2"] });
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, isDigest } from "@teu/spec/digest";
import { MAX_CONFIG_BYTES } from "@teu/spec/image/config";
import { isConfig, isManifest } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "../errors.ts";
import { type GraphLimits, readDocument } from "../graph.ts";
import { type Graph, type NamedContent, nameBytes, overlay, union } from "../overlay.ts";
import type { BlobReader, CallOptions } from "../store.ts";
import { readVerified } from "../verified-read.ts";
import { type JsonObject, readObject, withFields, writeObject } from "./document.ts";

/** A layer of an image, and where its content is. */
export interface ImageLayer {
  readonly descriptor: Descriptor;
  /** The digest of its plain form. */
  readonly diffId: Digest;
  readonly store: BlobReader;
}

/** An image. Its parts are never changed in place: a function that changes it gives a new one. */
export interface Image {
  /** What names it: its media type, platform and annotations count, and its digest as long as nothing is changed. */
  readonly descriptor: Descriptor;
  /** The manifest as it was read. Its `config` and `layers` are outdated once those below are changed. */
  readonly manifest: JsonObject;
  /** The config. Its `rootfs.diff_ids` are always those of `layers`. */
  readonly config: JsonObject;
  /** Media type of the config. */
  readonly configType: string;
  /** Base layer first. */
  readonly layers: readonly ImageLayer[];
  /** What it was read from. */
  readonly origin: ImageOrigin;
}

/** The documents that an image was read from. */
export interface ImageOrigin {
  readonly store: BlobReader;
  readonly manifest: JsonObject;
  readonly manifestBytes: Uint8Array;
  readonly config: JsonObject;
  readonly configBytes: Uint8Array;
  readonly descriptor: Descriptor;
  readonly configType: string;
  readonly layers: readonly ImageLayer[];
}

/**
 * Reads an image: its manifest and its config.
 * @throws TeuError `ERR_IMAGE_INVALID` if it is no image, or layers and config do not agree; `ERR_DOCUMENT_UNREADABLE`;
 * what reading content throws.
 */
export async function openImage(graph: Graph, options: GraphLimits & CallOptions = {}): Promise<Image> {
  const { root: descriptor, store } = graph;
  if (!isManifest(descriptor.mediaType)) throw invalid(descriptor, `it is ${descriptor.mediaType}`);
  const { bytes: manifestBytes, links } = await readDocument(store, descriptor, options);
  const [configDescriptor, ...layerDescriptors] = links.children;
  if (configDescriptor === undefined || !isConfig(configDescriptor.mediaType)) {
    throw invalid(descriptor, `its config is ${configDescriptor?.mediaType ?? "missing"}, so it is an artifact`);
  }
  const configBytes = await readVerified(store, configDescriptor, {
    maxBytes: MAX_CONFIG_BYTES,
    signal: options.signal,
  });
  const config = readObject(configBytes, `config "${configDescriptor.digest}"`);
  const manifest = readObject(manifestBytes, `manifest "${descriptor.digest}"`);
  const layers = pairLayers(descriptor, layerDescriptors, config, store);
  const facts = { descriptor, manifest, config, configType: configDescriptor.mediaType, layers };
  return { ...facts, origin: { ...facts, store, manifestBytes, configBytes } };
}

function pairLayers(
  image: Descriptor,
  descriptors: readonly Descriptor[],
  config: JsonObject,
  store: BlobReader,
): readonly ImageLayer[] {
  const diffIds = diffIdsOf(image, config);
  if (diffIds.length !== descriptors.length) {
    throw invalid(image, `it has ${descriptors.length} layers and its config ${diffIds.length}`);
  }
  return descriptors.map((descriptor, at) => ({ descriptor, diffId: diffIds[at] ?? descriptor.digest, store }));
}

function diffIdsOf(image: Descriptor, config: JsonObject): readonly Digest[] {
  const diffIds: unknown = Object(config["rootfs"]).diff_ids ?? [];
  if (Array.isArray(diffIds) && diffIds.every((diffId) => typeof diffId === "string" && isDigest(diffId))) {
    return diffIds;
  }
  throw invalid(image, "the rootfs.diff_ids of its config are not a list of digests");
}

function invalid(descriptor: Descriptor, problem: string): TeuError<ContentErrorCode> {
  const message = `Opening image "${descriptor.digest}": ${problem}`;
  return new TeuError("ERR_IMAGE_INVALID", message, { detail: { descriptor } });
}

/** The image as a graph to be copied. One that has not been changed keeps its very bytes. */
export function imageGraph(image: Image): Graph {
  const { origin } = image;
  if (isUnchanged(image)) return { root: image.descriptor, store: origin.store };
  const config = configContent(image);
  const fields = {
    mediaType: origin.manifest["mediaType"] === undefined ? undefined : image.descriptor.mediaType,
    config: pointTo(origin.manifest["config"] as JsonObject, config.descriptor),
    layers: image.layers.map(({ descriptor }) => descriptor),
  };
  const manifest = nameBytes(writeObject(withFields(image.manifest, fields)), image.descriptor);
  const stores = [...image.layers.map(({ store }) => store), origin.store];
  return { root: manifest.descriptor, store: overlay([config, manifest], union(stores)) };
}

function isUnchanged({ origin, ...image }: Image): boolean {
  return (
    image.manifest === origin.manifest &&
    image.config === origin.config &&
    image.layers === origin.layers &&
    image.configType === origin.configType &&
    image.descriptor.mediaType === origin.descriptor.mediaType
  );
}

function configContent({ config, configType, origin }: Image): NamedContent {
  return nameBytes(config === origin.config ? origin.configBytes : writeObject(config), { mediaType: configType });
}

/** A descriptor as it stands in a document, made to point elsewhere; content that it carried is left out. */
function pointTo(old: JsonObject, { mediaType, digest, size }: Descriptor): JsonObject {
  return withFields(old, { mediaType, digest, size, ...(digest === old["digest"] ? {} : { data: undefined }) });
}
