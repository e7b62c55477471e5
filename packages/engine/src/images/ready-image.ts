/**
 * The way from a name to an image that is ready to run. Where it was run before, that is one small file to read; all that
 * unpacks layers is loaded only where it was not.
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "@teu/spec/digest";
import { type Platform, formatPlatform, platformOfNode } from "@teu/spec/platform";
import { readRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";
import { type StoredImage, findImage, imageUnknown } from "./find-image.ts";
import type { ImageRecord } from "./image-record.ts";

/** How to find an image. */
export interface ReadyOptions {
  /** Default: this machine's. */
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Brings an image that is not in the store. Default: it is an error. */
  readonly pull?: ((text: string) => Promise<void>) | undefined;
  /** Unpacks the layers of an image elsewhere, such as in a user namespace. Default: here. */
  readonly prepare?: ((stored: StoredImage) => Promise<void>) | undefined;
  readonly onLayer?: ((done: number, of: number) => void) | undefined;
}

/** An image that is ready to run. */
export interface ReadyImage {
  readonly name: string;
  readonly record: ImageRecord;
}

/** @throws TeuError `ERR_IMAGE_UNKNOWN`, `ERR_IMAGE_PLATFORM`; what pulling and unpacking throw */
export async function readyImage(
  text: string,
  folders: EngineFolders,
  options: ReadyOptions = {},
): Promise<ReadyImage> {
  const stored = findImage(text, folders) ?? (await pulled(text, folders, options));
  const platform = options.platform ?? platformOfNode("linux", process.arch);
  const name = stored.name ?? stored.descriptor.digest;
  const path = recordPath(folders, stored.descriptor.digest, platform);
  const known = readRecord<ImageRecord>(path);
  if (known !== undefined && known.layers.every((layer) => existsSync(join(folders.layers, layer))))
    return { name, record: known };
  if (options.prepare !== undefined) {
    await options.prepare(stored);
    const record = readRecord<ImageRecord>(path);
    if (record !== undefined) return { name, record };
  }
  const { prepareImage } = await import("./prepare-image.ts");
  const { signal, onLayer } = options;
  return { name, record: await prepareImage(stored, folders, { platform, signal, onLayer }) };
}

async function pulled(text: string, folders: EngineFolders, { pull }: ReadyOptions): Promise<StoredImage> {
  await pull?.(text);
  const stored = findImage(text, folders);
  if (stored === undefined) throw imageUnknown(text);
  return stored;
}

/** Where the record of an image for a platform is. */
export function recordPath({ imageRecords }: EngineFolders, root: Digest, platform: Platform): string {
  const name = `${root.replace(":", "-")}.${formatPlatform(platform).replaceAll("/", "-")}.json`;
  return join(imageRecords, name);
}
