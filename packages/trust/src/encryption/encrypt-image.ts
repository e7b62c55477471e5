/**
 * Images with their layers encrypted, and back. The config stays as it is, so it still says what the plain layers are.
 *
 *     const scratch = new MemoryStore();
 *     const sealed = await encryptImage(await openImage(graph), { wrappers: [jweWrapper([{ key }])] }, scratch);
 *     await copy(imageGraph(sealed).store, target, imageGraph(sealed).root);
 * @module
 */
import { availableParallelism } from "node:os";
import type { Image, ImageLayer } from "@teu/content/mutate/image";
import type { Scratch } from "@teu/content/mutate/rewrite-layers";
import type { CallOptions } from "@teu/content/store";
import { openVerified } from "@teu/content/verified-read";
import { mapLimit } from "@teu/std/limit";
import type { Annotations } from "@teu/spec/annotations";
import type { Descriptor } from "@teu/spec/descriptor";
import { decryptStream, encryptStream, newLayerSecrets } from "./layer-cipher.ts";
import {
  type KeyUnwrapper,
  type KeyWrapper,
  addToAnnotations,
  encryptedType,
  isEncrypted,
  openAnnotations,
  plainAnnotations,
  plainType,
  sealAnnotations,
} from "./layer-keys.ts";

/** For whom to encrypt, and what. */
export interface EncryptOptions extends CallOptions {
  readonly wrappers: readonly KeyWrapper[];
  /** Keys that open layers which are encrypted already, so that more people may read them. Default: they stay as they are. */
  readonly unwrappers?: readonly KeyUnwrapper[];
  /** Answers false for layers that are to stay plain. Default: none is. */
  readonly takes?: (index: number) => boolean;
}

/**
 * The image with its layers encrypted. Each has a key of its own.
 * @param image Of the media types of OCI: Docker's have no encrypted layers.
 * @throws TeuError `ERR_DECRYPTION_KEY` if a layer is encrypted already and none of the keys that are given opens it; what
 * reading layers, writing them and the wrappers throw.
 */
export async function encryptImage(image: Image, options: EncryptOptions, scratch: Scratch): Promise<Image> {
  const { wrappers, unwrappers = [], takes = () => true, signal } = options;
  const encrypt = async (layer: ImageLayer, index: number, inner: AbortSignal): Promise<ImageLayer> => {
    if (!takes(index)) return layer;
    if (!isEncrypted(layer.descriptor)) return await encryptLayer(layer, wrappers, { scratch, signal: inner });
    if (unwrappers.length === 0) return layer;
    const annotations = await addToAnnotations(layer.descriptor, unwrappers, wrappers);
    return { ...layer, descriptor: { ...layer.descriptor, annotations } };
  };
  return await mapLayers(image, encrypt, signal);
}

/**
 * The image with its encrypted layers decrypted.
 * @throws TeuError `ERR_DECRYPTION_KEY` if one is not encrypted for any of the keys; `ERR_ENCRYPTION_INVALID` if one was
 * changed; what reading layers and writing them throws.
 */
export async function decryptImage(
  image: Image,
  { unwrappers, signal }: CallOptions & { readonly unwrappers: readonly KeyUnwrapper[] },
  scratch: Scratch,
): Promise<Image> {
  const decrypt = async (layer: ImageLayer, _index: number, inner: AbortSignal): Promise<ImageLayer> =>
    isEncrypted(layer.descriptor) ? await decryptLayer(layer, unwrappers, { scratch, signal: inner }) : layer;
  return await mapLayers(image, decrypt, signal);
}

/** Whether an image has layers that are encrypted. */
export function hasEncrypted({ layers }: Image): boolean {
  return layers.some(({ descriptor }) => isEncrypted(descriptor));
}

async function mapLayers(
  image: Image,
  edit: (layer: ImageLayer, index: number, signal: AbortSignal) => Promise<ImageLayer>,
  signal: AbortSignal | undefined,
): Promise<Image> {
  const layers = await mapLimit(
    image.layers.entries(),
    async ([index, layer]: [number, ImageLayer], inner: AbortSignal) => await edit(layer, index, inner),
    { concurrency: availableParallelism(), signal },
  );
  return layers.every((layer, index) => layer === image.layers[index]) ? image : { ...image, layers };
}

interface Writing {
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
}

async function encryptLayer(
  layer: ImageLayer,
  wrappers: readonly KeyWrapper[],
  { scratch, signal }: Writing,
): Promise<ImageLayer> {
  const { descriptor, diffId, store } = layer;
  const secrets = newLayerSecrets();
  const { bytes, hmac } = encryptStream(openVerified(store, descriptor, { signal }), secrets);
  const written = await scratch.ingest(bytes, { mediaType: encryptedType(descriptor.mediaType), signal });
  const sealed = await sealAnnotations({ ...secrets, hmac: hmac() }, descriptor.digest, wrappers);
  return pointTo({ descriptor, diffId, store: scratch }, written, { ...descriptor.annotations, ...sealed });
}

async function decryptLayer(
  layer: ImageLayer,
  unwrappers: readonly KeyUnwrapper[],
  { scratch, signal }: Writing,
): Promise<ImageLayer> {
  const { descriptor, diffId, store } = layer;
  const encryption = await openAnnotations(descriptor, unwrappers);
  const bytes = decryptStream(openVerified(store, descriptor, { signal }), encryption, encryption.hmac);
  const written = await scratch.ingest(bytes, { mediaType: plainType(descriptor.mediaType), signal });
  return pointTo({ descriptor, diffId, store: scratch }, written, plainAnnotations(descriptor.annotations));
}

/** The layer with its new content. Addresses and embedded content were of the old. */
function pointTo(layer: ImageLayer, written: Descriptor, annotations: Annotations | undefined): ImageLayer {
  const { urls: _urls, data: _data, annotations: _old, ...fields } = layer.descriptor;
  const { mediaType, digest, size } = written;
  const descriptor = { ...fields, mediaType, digest, size, ...(annotations === undefined ? {} : { annotations }) };
  return { ...layer, descriptor };
}
