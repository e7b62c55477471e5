/**
 * Makes an image of the store ready to run: its layers are unpacked, each once, and what a start has to know is noted.
 * @module
 */
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { digestBytes } from "@teu/content/hash";
import { openLayout } from "@teu/content/layout-store";
import { type Image, openImage } from "@teu/content/mutate/image";
import { chooseManifest } from "@teu/content/platform-choice";
import { unpackLayer } from "@teu/layer/unpack-layer";
import type { Digest } from "@teu/spec/digest";
import { chainIds } from "@teu/spec/image/ids";
import { type ImageConfig, parseConfig } from "@teu/spec/image/config";
import { parseLayerType } from "@teu/spec/media-types";
import { type Platform, formatPlatform } from "@teu/spec/platform";
import { runsOn } from "@teu/spec/platform-match";
import { TeuError } from "@teu/std/error";
import { lockFile } from "@teu/std/file-lock";
import { readTextIfThere } from "../containers/record.ts";
import type { EngineErrorCode } from "../errors.ts";
import { writeRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";
import type { StoredImage } from "./find-image.ts";
import type { ImageRecord } from "./image-record.ts";
import { recordPath } from "./ready-image.ts";

/** How to prepare an image. */
export interface PrepareOptions {
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
  readonly onLayer?: ((done: number, of: number) => void) | undefined;
}

/**
 * Unpacks what is missing of an image, and notes it.
 * @throws TeuError `ERR_IMAGE_PLATFORM`; `ERR_IMAGE_ENCRYPTED`; what reading and unpacking throw
 */
export async function prepareImage(
  stored: StoredImage,
  folders: EngineFolders,
  options: PrepareOptions,
): Promise<ImageRecord> {
  const { signal } = options;
  await Promise.all(
    [folders.layers, folders.imageRecords].map((path) => mkdir(path, { recursive: true, mode: 0o711 })),
  );
  const store = await openLayout(folders.images);
  const manifest = await chooseManifest(store, stored.descriptor, options.platform, { signal });
  const image = await openImage({ root: manifest, store }, { signal });
  checkReadable(stored, image);
  const config = parseConfig(image.origin.configBytes).value;
  checkPlatform(stored, platformOf(config), options.platform);
  const layers = await unpackLayers(image, folders, options);
  const paths = layers.map((name) => join(folders.layers, name, "fs"));
  const [passwd, group] = await Promise.all(["passwd", "group"].map((name) => userFile(paths, name)));
  const record: ImageRecord = {
    root: stored.descriptor.digest,
    manifest: manifest.digest,
    config: configDigest(image),
    image: config as ImageRecord["image"],
    layers,
    passwd,
    group,
  };
  writeRecord(recordPath(folders, stored.descriptor.digest, options.platform), record);
  return record;
}

// Layers that were unpacked from another image would do, but who has no key is not to run what is in them.
function checkReadable({ name, descriptor }: StoredImage, { layers }: Image): void {
  if (!layers.some((layer) => parseLayerType(layer.descriptor.mediaType)?.encrypted)) return;
  const message = `Running image "${name ?? descriptor.digest}": its layers are encrypted, expected plain ones`;
  throw new TeuError<EngineErrorCode>("ERR_IMAGE_ENCRYPTED", message, {
    hint: "teu image decrypt decrypts it, and so does teu pull, with --decryption-key KEY",
  });
}

function configDigest(image: Image): Digest {
  return (image.manifest as { readonly config: { readonly digest: Digest } }).config.digest;
}

function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return { os, architecture, ...(variant ? { variant } : {}) };
}

function checkPlatform({ name, descriptor }: StoredImage, config: Platform, asked: Platform): void {
  if (runsOn(asked, config)) return;
  const message = `Running image "${name ?? descriptor.digest}": it is for ${formatPlatform(config)}, expected ${formatPlatform(asked)}`;
  throw new TeuError<EngineErrorCode>("ERR_IMAGE_PLATFORM", message, {
    hint: "Pull it for that platform, or name its own with --platform where the kernel can run it",
  });
}

async function unpackLayers(image: Image, folders: EngineFolders, options: PrepareOptions): Promise<string[]> {
  await using _lock = await lockFile(join(folders.layers, "lock"), { signal: options.signal });
  const names = chainIds(
    image.layers.map(({ diffId }) => diffId),
    digestBytes,
  ).map(layerName);
  for (const [at, layer] of image.layers.entries()) {
    const name = names[at] ?? "";
    const target = join(folders.layers, name);
    if (!isThere(target)) {
      const below = names.slice(0, at).toReversed();
      await using cleanup = new AsyncDisposableStack();
      const part = `${target}.part`;
      await rm(part, { recursive: true, force: true });
      await mkdir(part, { mode: 0o755 });
      cleanup.defer(async () => await rm(part, { recursive: true, force: true }));
      await unpackLayer(layer, join(part, "fs"), {
        below: below.map((lower) => join(folders.layers, lower, "fs")),
        overlay: folders.rootless ? "user" : "trusted",
        privileged: process.geteuid?.() === 0 && !hasOneId(),
        signal: options.signal,
      });
      await rename(part, target);
    }
    options.onLayer?.(at + 1, names.length);
  }
  return names;
}

/** Whether all files can only be this user's, as in a user namespace without ids that the system granted. */
function hasOneId(): boolean {
  const [, , count, ...others] = (readTextIfThere("/proc/self/uid_map") ?? "").trim().split(/\s+/);
  return count === "1" && others.length === 0;
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

// Half of the digest tells layers apart as well, and leaves room for a hundred of them in the options of one mount.
function layerName(chain: Digest): string {
  return chain.slice(chain.indexOf(":") + 1).slice(0, 32);
}

const MAX_USER_FILE_BYTES = 16 * 1024 * 1024;

/** A file of /etc as the container will see it. One behind a symbolic link is as good as none: it could be the host's. */
async function userFile(layers: readonly string[], name: string): Promise<string | undefined> {
  for (const layer of layers.toReversed()) {
    const folder = lstatSync(join(layer, "etc"), { throwIfNoEntry: false });
    if (folder === undefined) continue;
    if (!folder.isDirectory()) return undefined;
    const path = join(layer, "etc", name);
    const file = lstatSync(path, { throwIfNoEntry: false });
    if (file === undefined) continue;
    return file.isFile() && file.size <= MAX_USER_FILE_BYTES ? await readFile(path, "utf8") : undefined;
  }
  return undefined;
}
