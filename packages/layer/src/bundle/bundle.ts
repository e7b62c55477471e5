/**
 * An image unpacked as a bundle that a runtime can run: `rootfs`, `config.json`, and a record of what was unpacked, from
 * which {@link "../repack/repack.ts"} later tells what has changed.
 * @module
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "@teu/content/mutate/image";
import { parseConfig } from "@teu/spec/image/config";
import { bytesOf } from "../byte-path.ts";
import { writeRecord } from "../repack/record.ts";
import type { LayerTree } from "../tree.ts";
import { stageFolder } from "../stage-folder.ts";
import { type UnpackOptions, type Unpacked, applyImage } from "../unpack.ts";
import { type BundleOptions, runtimeConfigOf } from "./runtime-config.ts";
import { type UserFiles, resolveUser } from "./users.ts";

/** How to make a bundle. */
export type UnpackBundleOptions = UnpackOptions & BundleOptions;

const MAX_USER_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Unpacks `image` into the bundle `target`, which must not exist.
 * @throws TeuError as `unpack` does; `ERR_USER_UNKNOWN`
 */
export async function unpackBundle(image: Image, target: string, options: UnpackBundleOptions = {}): Promise<Unpacked> {
  await using staging = await stageFolder(target);
  const root = join(staging.path, "rootfs");
  await mkdir(root, { mode: 0o700 });
  const unpacked = await applyImage(image, root, options);
  const config = parseConfig(image.origin.configBytes).value;
  const user = resolveUser(config.config?.User ?? "", await userFiles(unpacked.tree, root));
  const text = `${JSON.stringify(runtimeConfigOf(config, user, options), null, 2)}\n`;
  await writeFile(join(staging.path, "config.json"), text);
  await writeRecord(staging.path, image, options);
  await staging.commit();
  return unpacked;
}

/** The image's own files of users and groups, as they have just been unpacked below `root`. */
async function userFiles(tree: LayerTree, root: string): Promise<UserFiles> {
  const text = async (path: string): Promise<string | undefined> => {
    // The tree says where the file really is, so no symbolic link is met on the way to it.
    const node = tree.find(path, { followLast: true });
    if (node?.file.type !== "file" || node.file.size > MAX_USER_FILE_BYTES) return undefined;
    return await readFile(Buffer.concat([Buffer.from(`${root}/`), bytesOf(node.path)]), "utf8");
  };
  return { passwd: await text("etc/passwd"), group: await text("etc/group") };
}
