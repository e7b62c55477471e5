/**
 * What a new container gets of its image before its first start: the content of new volumes, and all of it where layers
 * cannot be put over each other.
 * @module
 */
import { existsSync, lstatSync } from "node:fs";
import { cp, readdir, rm } from "node:fs/promises";
import { openLayout } from "@teu/content/layout-store";
import { openImage } from "@teu/content/mutate/image";
import { unpack } from "@teu/layer/unpack";
import { OCI_MANIFEST } from "@teu/spec/media-types";
import type { Engine } from "../engine.ts";
import { storedImages } from "../images/find-image.ts";
import { openRoot } from "./mounted-root.ts";
import { type ContainerRecord, type VolumeUse, containerFolders } from "./record.ts";
import { resolveInside } from "./inside.ts";
import { volumePath } from "./volumes.ts";

/** Fills the root and the volumes `fresh`. */
export async function fillContainer(
  engine: Engine,
  record: ContainerRecord,
  fresh: readonly VolumeUse[],
): Promise<void> {
  if (record.snapshot === "copy") await copyImage(engine, record);
  if (fresh.length === 0) return;
  await using root = await openRoot(engine, record);
  for (const volume of fresh) await fillVolume(root.path, volumePath(engine.folders, volume.name), volume.target);
}

async function fillVolume(root: string, folder: string, target: string): Promise<void> {
  const path = resolveInside(root, target);
  if (path === undefined || !existsSync(path) || !lstatSync(path).isDirectory()) return;
  if ((await readdir(folder)).length > 0) return;
  await cp(path, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  const { copyAttributes } = await import("./copy-attributes.ts");
  await copyAttributes(path, folder);
}

async function copyImage(engine: Engine, record: ContainerRecord): Promise<void> {
  const { upper } = containerFolders(engine.folders, record.id);
  const store = await openLayout(engine.folders.images);
  const descriptor =
    storedImages(engine.folders).find((image) => image.descriptor.digest === record.imageManifest)?.descriptor ??
    (await store.resolve(record.imageManifest));
  const root = descriptor ?? { mediaType: OCI_MANIFEST, digest: record.imageManifest as never, size: 0 };
  await rm(upper, { recursive: true, force: true });
  await unpack(await openImage({ root, store }), upper);
}
