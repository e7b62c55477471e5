/**
 * Finds an image in the store by the name or id that a person gives.
 * @module
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Descriptor } from "@teu/spec/descriptor";
import { formatReference, isReference, parseReference, withDefaultTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { EngineErrorCode } from "../errors.ts";
import { readRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";
import type { ImageRecord } from "./image-record.ts";

const REF_NAME = "org.opencontainers.image.ref.name";
const ID = /^(?:sha256:)?([0-9a-f]{4,64})$/;

/** An image of the store. */
export interface StoredImage {
  /** In full; nothing for one that is kept without a name. */
  readonly name: string | undefined;
  readonly descriptor: Descriptor;
}

interface LayoutIndex {
  readonly manifests?: readonly Descriptor[];
}

/** The images of the store, in the order of its index. */
export function storedImages({ images }: EngineFolders): StoredImage[] {
  const { manifests = [] } = readRecord<LayoutIndex>(join(images, "index.json")) ?? {};
  return manifests.map((descriptor) => ({ name: descriptor.annotations?.[REF_NAME], descriptor }));
}

/** What is known of the images that were run here. */
export function imageRecords({ imageRecords: folder }: EngineFolders): ImageRecord[] {
  return names(folder).flatMap((name) => readRecord<ImageRecord>(join(folder, name)) ?? []);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

/**
 * The image that `text` means: a name, with the tag `latest` unless it says another, a digest, or the beginning of an id.
 * @throws TeuError `ERR_IMAGE_UNKNOWN` for the beginning of several ids
 */
export function findImage(text: string, folders: EngineFolders): StoredImage | undefined {
  const images = storedImages(folders);
  const plain = text.startsWith("store:") ? text.slice("store:".length) : text;
  return byName(plain, images) ?? byId(plain, images, folders);
}

function byName(text: string, images: readonly StoredImage[]): StoredImage | undefined {
  if (!isReference(text)) return undefined;
  const reference = parseReference(text);
  const name = formatReference(withDefaultTag(reference));
  // Names that other tools gave may be short.
  return (
    images.findLast((image) => image.name === name) ??
    images.findLast((image) => image.name === text) ??
    images.find(({ descriptor }) => descriptor.digest === reference.digest)
  );
}

function byId(text: string, images: readonly StoredImage[], folders: EngineFolders): StoredImage | undefined {
  const hex = ID.exec(text)?.[1];
  if (hex === undefined) return undefined;
  const begins = (digest: string): boolean => digest.slice(digest.indexOf(":") + 1).startsWith(hex);
  const known = imageRecords(folders).filter(({ manifest, config }) => begins(manifest) || begins(config));
  const roots = new Set<string>(known.map(({ root }) => root));
  const found = images.filter(({ descriptor: { digest } }) => begins(digest) || roots.has(digest));
  if (new Set(found.map(({ descriptor }) => descriptor.digest)).size <= 1) return found[0];
  throw new TeuError<EngineErrorCode>(
    "ERR_IMAGE_UNKNOWN",
    `Finding image "${text}": several ids begin so, expected one`,
    {
      hint: "Give more of the id, or a name",
    },
  );
}

/** For images that are not there. */
export function imageUnknown(text: string): TeuError<EngineErrorCode> {
  return new TeuError("ERR_IMAGE_UNKNOWN", `Finding image "${text}": there is no such image in the store`, {
    hint: `teu pull ${text} brings it from a registry, teu images lists those that are here`,
  });
}
