/**
 * An image unpacked into a new folder. It is made under another name beside its place, which nobody else can enter, and
 * takes its name when all of it has been verified; a failure leaves nothing.
 * @module
 */
import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Image } from "@teu/content/mutate/image";
import { TeuError } from "@teu/std/error";
import { TEMPORARY_PREFIX } from "@teu/std/atomic-file";
import type { Omissions } from "./apply/applier.ts";
import { openHelperOps } from "./apply/helper-ops.ts";
import { openNodeOps } from "./apply/node-ops.ts";
import type { TreeOps } from "./apply/ops.ts";
import { type PolicyChoice, policyOf } from "./apply/policy.ts";
import { TreeApplier } from "./apply/tree-applier.ts";
import type { LayerErrorCode } from "./errors.ts";
import { helperPath } from "./helper-program.ts";
import type { LayerLimits } from "./limits.ts";
import { type ReadLayersOptions, readImage } from "./read-layers.ts";
import { removeTree } from "./remove-tree.ts";
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

/** A folder in the making. */
export interface StagedFolder extends AsyncDisposable {
  /** Where it is for now. */
  readonly path: string;
  /** Gives it its name. */
  commit(): Promise<void>;
}

/**
 * Makes an empty folder beside `target`, to take its name when it is complete. Disposed of before, it is removed.
 * @throws TeuError `ERR_TARGET_EXISTS`
 */
export async function stageFolder(target: string): Promise<StagedFolder> {
  await checkAbsent(target);
  const parent = dirname(target);
  // The outer folder keeps others out whatever permissions the tree gives itself.
  const outer = join(parent, TEMPORARY_PREFIX + randomBytes(12).toString("hex"));
  await mkdir(parent, { recursive: true });
  await mkdir(outer, { mode: 0o700 });
  const path = join(outer, basename(target));
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    commit: async () => {
      await checkAbsent(target);
      await moveFolder(path, target);
    },
    [Symbol.asyncDispose]: () => removeTree(outer),
  };
}

/** Renames a folder, also one that forbids its owner to write: its parent is part of it, so the kernel asks for that. */
async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    const { mode } = await lstat(from);
    await chmod(from, 0o700);
    await rename(from, to);
    await chmod(to, mode);
  }
}

async function checkAbsent(target: string): Promise<void> {
  const found = await lstat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (found === undefined) return;
  const message = `Unpacking into ${JSON.stringify(target)}: something is there, expected nothing`;
  throw new TeuError<LayerErrorCode>("ERR_TARGET_EXISTS", message, { hint: "Name a folder that does not exist yet" });
}
