/**
 * One layer in a folder of its own, for overlayfs to put over those of the layers below. What it hides of them is marked
 * as overlayfs does.
 *
 * Few layers rest on what lies below: a parent directory without an entry, a symbolic link on the way, a hard link to a
 * file of another layer. With the folders of the layers below these come out as they would in one tree, the file linked
 * to brought up as overlayfs does. Without them a parent has the attributes of a new directory, a link on the way is not
 * known of, and a hard link to another layer is refused.
 * @module
 */
import type { ImageLayer } from "@teu/content/mutate/image";
import { FoldersBelow } from "./apply/folders-below.ts";
import { type OverlayStyle, overlayMarks } from "./apply/overlay-marks.ts";
import { policyOf } from "./apply/policy.ts";
import { TreeApplier } from "./apply/tree-applier.ts";
import { requireHelper } from "./helper-program.ts";
import { readLayers } from "./read-layers.ts";
import { stageFolder } from "./stage-folder.ts";
import { type UnpackOptions, type Unpacked, openOps } from "./unpack.ts";

/** How to unpack one layer. */
export interface UnpackLayerOptions extends UnpackOptions {
  /** Default: `trusted` for root, else `user`. */
  readonly overlay?: OverlayStyle | undefined;
  /** Folders of the layers below, the top one first, as {@link unpackLayer} made them with the same options. */
  readonly below?: readonly string[] | undefined;
}

/**
 * Unpacks `layer` alone into `target`, which must not exist, and appears when all of it has been verified.
 *
 *     for (const [at, layer] of image.layers.entries()) {
 *       const below = folders.slice(0, at).toReversed();
 *       await unpackLayer(layer, folders[at], { below });
 *     }
 *     // mount -t overlay -o lowerdir=TOP:…:BASE,upperdir=…,workdir=… (with userxattr for the style user)
 *
 * @throws TeuError `ERR_TARGET_EXISTS`, `ERR_LAYER_…`, `ERR_APPLY`; `ERR_HELPER` also where there is no `teu-layer`, which
 * it takes to make the marks
 */
export async function unpackLayer(
  layer: ImageLayer,
  target: string,
  options: UnpackLayerOptions = {},
): Promise<Unpacked> {
  await using staging = await stageFolder(target);
  const unpacked = await applyLayer(layer, staging.path, options);
  await staging.commit();
  return unpacked;
}

/** Unpacks `layer` into the empty folder `root`. A failure leaves what there was up to then. */
export async function applyLayer(layer: ImageLayer, root: string, options: UnpackLayerOptions = {}): Promise<Unpacked> {
  const helper = requireHelper(options.helper, `Unpacking a layer into ${JSON.stringify(root)}`);
  const policy = policyOf(options);
  const style = options.overlay ?? (policy.owners === undefined ? "user" : "trusted");
  const below =
    options.below === undefined || options.below.length === 0
      ? undefined
      : new FoldersBelow(helper, options.below, { style, idMaps: policy.owners });
  await using ops = await openOps(root, { helper });
  const applier = new TreeApplier(ops, policy, {
    limits: options.limits,
    overlay: { marks: overlayMarks(style), below },
  });
  await readLayers([layer], applier, options);
  const { tree } = applier;
  if (tree.root.file.offset < 0) tree.root.file = below?.root() ?? tree.root.file;
  return { tree, omissions: await applier.finish() };
}
