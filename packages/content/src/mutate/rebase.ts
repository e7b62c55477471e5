/**
 * An image moved from the base that it was built on to another one: the layers of its own stay as they are.
 * @module
 */
import { ANNOTATION } from "@teu/spec/annotations";
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "../errors.ts";
import { annotateImage } from "./config-edit.ts";
import type { JsonObject } from "./document.ts";
import type { Image } from "./image.ts";
import { appendLayers, historyOf, withLayers } from "./layer-edit.ts";

/** The base that an image is built on, and the one that it is to be built on. */
export interface BaseChange {
  readonly from: Image;
  readonly to: Image;
  /** The name of the new base, for the annotation that tells; without one that annotation stays as it is. */
  readonly name?: string;
}

const PLATFORM_FIELDS = ["architecture", "os", "variant"] as const;

/**
 * Puts the layers of `image` that are above those of the old base on the new one. How its containers run stays as it is.
 * @throws TeuError `ERR_IMAGE_BASE` if the image is not built on the old base, or the new one is for another platform.
 */
export function rebaseImage(image: Image, { from, to, name }: BaseChange): Image {
  const own = image.layers.slice(from.layers.length);
  if (!from.layers.every(({ diffId }, at) => image.layers[at]?.diffId === diffId)) {
    throw misfit(image, `it is not built on "${from.descriptor.digest}"`);
  }
  const other = PLATFORM_FIELDS.find((field) => (image.config[field] ?? "") !== (to.config[field] ?? ""));
  if (other !== undefined) {
    throw misfit(image, `its ${other} is ${shown(image, other)}, and that of the new base ${shown(to, other)}`);
  }
  const based = appendLayers(withLayers(image, [], []), to.layers);
  const rebased = withLayers(based, [...based.layers, ...own], rebasedHistory(image, { from, to }));
  return annotateImage(rebased, {
    [ANNOTATION.baseDigest]: to.descriptor.digest,
    ...(name === undefined ? {} : { [ANNOTATION.baseName]: name }),
  });
}

/** The steps of the new base and those that followed the old one; nothing if one of the three has no history. */
function rebasedHistory(image: Image, { from, to }: BaseChange): readonly JsonObject[] | undefined {
  const [own, old, base] = [historyOf(image), historyOf(from), historyOf(to)];
  if (own === undefined || old === undefined || base === undefined) return undefined;
  return [...base, ...own.slice(old.length)];
}

function shown(image: Image, field: (typeof PLATFORM_FIELDS)[number]): string {
  return JSON.stringify(image.config[field] ?? "");
}

function misfit(image: Image, problem: string): TeuError<ContentErrorCode> {
  return new TeuError("ERR_IMAGE_BASE", `Rebasing image "${image.descriptor.digest}": ${problem}`);
}
