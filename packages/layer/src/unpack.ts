/**
 * An image unpacked into a new folder. It is made under another name beside its place, which nobody else can enter, and
 * takes its name when all of it has been verified; a failure leaves nothing.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
import type { Omissions } from "./apply/applier.ts";
import { openHelperOps } from "./apply/helper-ops.ts";
import { openNodeOps } from "./apply/node-ops.ts";
import type { TreeOps } from "./apply/ops.ts";
import { type PolicyChoice, policyOf } from "./apply/policy.ts";
import { TreeApplier } from "./apply/tree-applier.ts";
import { helperPath } from "./helper-program.ts";
import type { LayerLimits } from "./limits.ts";
import { type ReadLayersOptions, readImage } from "./read-layers.ts";
import { stageFolder } from "./stage-folder.ts";
import type { LayerTree } from "./tree.ts";

/** How to unpack. */
export interface UnpackOptions extends ReadLayersOptions, PolicyChoice {
  readonly limits?: Partial<LayerLimits> | undefined;
  /** Path of the program `teu-layer`; the word `none` does without it. Default: the one of this library, where there is one. */
  readonly helper?: string | undefined;
}

/** What was unpacked. */
export interface Unpacked {
  readonly tree: LayerTree;
  /** What was left out, and for how many files. */
  readonly omissions: Omissions;
}

/**
 * Unpacks `image` into `target`, which must not exist.
 * @throws TeuError `ERR_TARGET_EXISTS`, `ERR_APPLY`, `ERR_HELPER`, `ERR_LAYER_…`; what reading the layers throws
 */
export async function unpack(image: Image, target: string, options: UnpackOptions = {}): Promise<Unpacked> {
  await using staging = await stageFolder(target);
  const unpacked = await applyImage(image, staging.path, options);
  await staging.commit();
  return unpacked;
}

/** Unpacks `image` into the empty folder `root`. A failure leaves what there was up to then. */
export async function applyImage(image: Image, root: string, options: UnpackOptions = {}): Promise<Unpacked> {
  await using ops = await openOps(root, options);
  const applier = new TreeApplier(ops, policyOf(options), { limits: options.limits });
  await readImage(image, applier, options);
  const omissions = await applier.finish();
  return { tree: applier.tree, omissions };
}

/** Opens what makes a tree below `root`. */
export async function openOps(
  root: string,
  { helper = helperPath() ?? "none" }: Pick<UnpackOptions, "helper">,
): Promise<TreeOps> {
  return helper === "none" ? openNodeOps(root) : await openHelperOps(helper, root);
}
