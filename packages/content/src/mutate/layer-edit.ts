/**
 * The layers of an image changed, with the DiffIDs and the history in its config. What makes new layers, by squashing old
 * ones or from a folder, brings them here with {@link replaceLayers}.
 * @module
 */
import { dockerEquivalent, ociEquivalent } from "@teu/spec/media-types";
import type { JsonValue } from "@teu/std/json-value";
import { type JsonObject, withFields } from "./document.ts";
import type { Image, ImageLayer } from "./image.ts";

/** What the history of an image says of one step. */
export interface HistoryStep {
  /** RFC 3339. */
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
}

/** A layer to put into an image, and the step that made it. */
export interface NewLayer extends ImageLayer {
  readonly history?: HistoryStep;
}

/** Layers of an image, from the one at index `start` to before the one at `end`. */
export interface LayerRange {
  readonly start: number;
  readonly end: number;
}

/** Puts layers on top. */
export function appendLayers(image: Image, layers: readonly NewLayer[]): Image {
  const { length } = image.layers;
  return replaceLayers(image, { start: length, end: length }, layers);
}

/** Takes layers out, with their steps of the history. */
export function removeLayers(image: Image, goes: (layer: ImageLayer, index: number) => boolean): Image {
  const kept = image.layers.map((layer, index) => !goes(layer, index));
  if (kept.every(Boolean)) return image;
  const layers = image.layers.filter((_, index) => kept[index]);
  return withLayers(
    image,
    layers,
    historyWithout(image, (index) => kept[index] !== true),
  );
}

/**
 * Puts `layers` in the place of those in `range`. Steps of the history that made no layers stay; those of the layers that
 * go are followed by those of the new ones. An image without a history gets none.
 * @throws RangeError if there is no such range.
 */
export function replaceLayers(image: Image, range: LayerRange, layers: readonly NewLayer[]): Image {
  const { start, end } = range;
  if (!(start >= 0 && start <= end && end <= image.layers.length)) {
    throw new RangeError(`layers ${start} to ${end}, expected a range of ${image.layers.length}`);
  }
  const added = layers.map((layer) => fitting(image, layer));
  const steps = layers.map(({ history = {} }) => history as JsonObject);
  const all = [...image.layers.slice(0, start), ...added, ...image.layers.slice(end)];
  return withLayers(image, all, historyWith(image, range, steps));
}

/** The image with these layers and this history. */
export function withLayers(
  image: Image,
  layers: readonly ImageLayer[],
  history: readonly JsonObject[] | undefined,
): Image {
  const rootfs = {
    type: "layers",
    ...(image.config["rootfs"] as JsonObject),
    diff_ids: layers.map(({ diffId }) => diffId),
  };
  return { ...image, layers, config: withFields(image.config, { rootfs, history }) };
}

/** The history of an image; nothing if it has none. */
export function historyOf({ config }: Image): readonly JsonObject[] | undefined {
  const history: JsonValue | undefined = config["history"];
  return Array.isArray(history) ? (history as readonly JsonObject[]) : undefined;
}

function historyWithout(image: Image, goes: (layer: number) => boolean): readonly JsonObject[] | undefined {
  let layer = -1;
  return historyOf(image)?.filter((step) => {
    if (!madeLayer(step)) return true;
    layer += 1;
    return !goes(layer);
  });
}

function historyWith(
  image: Image,
  { start, end }: LayerRange,
  added: readonly JsonObject[],
): readonly JsonObject[] | undefined {
  const history = historyOf(image);
  if (history === undefined) return image.layers.length === 0 ? added : undefined;
  if (start === image.layers.length) return [...history, ...added];
  if (end === 0) return [...added, ...history];
  let layer = -1;
  return history.flatMap((step) => {
    if (!madeLayer(step)) return [step];
    layer += 1;
    const kept = layer < start || layer >= end ? [step] : [];
    return layer === end - 1 ? [...kept, ...added] : kept;
  });
}

function madeLayer(step: JsonObject): boolean {
  return step["empty_layer"] !== true;
}

/** A layer with its type in the family of the image's own, so that an image is not of both. */
function fitting(image: Image, { descriptor, diffId, store }: ImageLayer): ImageLayer {
  const isDocker = image.descriptor.mediaType.startsWith("application/vnd.docker.");
  const { mediaType } = descriptor;
  const fit = (isDocker ? dockerEquivalent(mediaType) : ociEquivalent(mediaType)) ?? mediaType;
  return { descriptor: fit === mediaType ? descriptor : { ...descriptor, mediaType: fit }, diffId, store };
}
