/**
 * Lists the images of the store, and removes them with the layers that nothing else needs.
 * @module
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { collectGarbage } from "@teu/content/layout-gc";
import { type LayoutStore, openLayout } from "@teu/content/layout-store";
import { openImage } from "@teu/content/mutate/image";
import { chooseManifest } from "@teu/content/platform-choice";
import { readVerified } from "@teu/content/verified-read";
import { platformOfNode } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { lockFile } from "@teu/std/file-lock";
import { listContainers } from "../containers/record.ts";
import { removeAll } from "../containers/remove-all.ts";
import type { EngineErrorCode } from "../errors.ts";
import { readRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";
import { type StoredImage, findImage, imageRecords, imageUnknown, storedImages } from "./find-image.ts";
import type { ImageRecord } from "./image-record.ts";

/** An image in a list. */
export interface ListedImage {
  readonly name?: string;
  /** Digest of its configuration, or of itself where it is none for this machine. */
  readonly id: string;
  readonly digest: string;
  readonly created?: string;
  /** Size of its layers as they are stored. */
  readonly bytes: number;
}

/** All images of the store, without what only tells of others: signatures, attestations, lists of bills of materials. What is wrong with one does not hide the others. */
export async function listImages(folders: EngineFolders, signal?: AbortSignal): Promise<readonly ListedImage[]> {
  const stored = storedImages(folders);
  if (stored.length === 0) return [];
  const store = await openLayout(folders.images);
  const here = platformOfNode("linux", process.arch);
  const told = await Promise.all(stored.map(async (image) => await tellsOfOthers(store, image, signal)));
  return await Promise.all(
    stored
      .filter((_, at) => told[at] !== true)
      .map(async ({ name, descriptor }) => {
        const named = { ...(name === undefined ? {} : { name }), digest: descriptor.digest };
        try {
          const root = await chooseManifest(store, descriptor, here, { signal });
          const image = await openImage({ root, store }, { signal });
          const { config } = image.manifest as { readonly config: { readonly digest: string } };
          const { created } = image.config as { readonly created?: string };
          const bytes = image.layers.reduce((sum, layer) => sum + layer.descriptor.size, 0);
          return { ...named, id: config.digest, ...(created === undefined ? {} : { created }), bytes };
        } catch {
          return { ...named, id: descriptor.digest, bytes: descriptor.size };
        }
      }),
  );
}

// Tags by which registries without the API of referrers find what tells of a digest.
const FALLBACK_TAG = /:sha256-[0-9a-f]{64}(?:\.[a-z0-9]+)?$/;

/** Whether something in the store is no image, but tells of one. */
async function tellsOfOthers(
  store: LayoutStore,
  { name, descriptor }: StoredImage,
  signal?: AbortSignal,
): Promise<boolean> {
  if (name !== undefined) return FALLBACK_TAG.test(name);
  try {
    const bytes = await readVerified(store, descriptor, { signal });
    const { subject, artifactType } = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly subject?: object;
      readonly artifactType?: string;
    };
    return subject !== undefined || artifactType !== undefined;
  } catch {
    return false;
  }
}

/** How to remove an image. */
export interface RemoveImageOptions {
  /** Also where containers were made of it: they go on, as their layers stay. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes an image's name away, and removes what nothing needs any more; lines that tell of it.
 * @throws TeuError `ERR_IMAGE_UNKNOWN`, `ERR_IMAGE_USED`
 */
export async function removeImage(
  text: string,
  folders: EngineFolders,
  options: RemoveImageOptions,
): Promise<readonly string[]> {
  const image = findImage(text, folders);
  if (image === undefined) throw imageUnknown(text);
  const { digest } = image.descriptor;
  const isLast = storedImages(folders).filter(({ descriptor }) => descriptor.digest === digest).length === 1;
  const user = listContainers(folders).find(({ imageRoot }) => imageRoot === digest);
  if (isLast && user !== undefined && !options.force) {
    const message = `Removing image "${text}": container "${user.name}" was made of it, expected no container to be`;
    throw new TeuError<EngineErrorCode>("ERR_IMAGE_USED", message, {
      hint: "Remove the container first, or use --force",
    });
  }
  const store = await openLayout(folders.images);
  await store.untag(image.name ?? digest, { signal: options.signal });
  const lines = [`Untagged: ${image.name ?? digest}`];
  if (!isLast) return lines;
  await collectGarbage(store, { graceMs: 0, signal: options.signal });
  await removeUnused(folders, image, options.signal);
  return [...lines, `Deleted: ${digest}`];
}

async function removeUnused(folders: EngineFolders, { descriptor }: StoredImage, signal?: AbortSignal): Promise<void> {
  const names = recordFiles(folders).filter(
    (name) => readRecord<ImageRecord>(join(folders.imageRecords, name))?.root === descriptor.digest,
  );
  for (const name of names) rmSync(join(folders.imageRecords, name), { force: true });
  // Where nothing ever ran, no layer was unpacked.
  if (!existsSync(folders.layers)) return;
  await using _lock = await lockFile(join(folders.layers, "lock"), { signal });
  const used = new Set([...imageRecords(folders), ...listContainers(folders)].flatMap(({ layers }) => layers));
  for (const name of readdirSync(folders.layers))
    if (/^[0-9a-f]{32}(?:\.part)?$/.test(name) && !used.has(name))
      await removeAll({ folders, self: [], env: process.env }, join(folders.layers, name));
}

function recordFiles({ imageRecords: folder }: EngineFolders): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}
