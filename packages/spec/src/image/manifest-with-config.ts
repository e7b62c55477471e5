/**
 * What a manifest and its configuration say of the same layers.
 * @module
 */
import { splitDigest } from "../digest.ts";
import type { Descriptor } from "../descriptor.ts";
import { type Issue, Report } from "../issue.ts";
import { parseLayerType } from "../media-types.ts";
import { IMAGE_CLAUSES, type ImageClauseId } from "./clauses.ts";
import type { ImageConfig } from "./config.ts";
import type { Manifest } from "./manifest.ts";

/**
 * Lists the clauses that a manifest breaks together with the configuration that it names; both are parsed already.
 * Places are those of the configuration.
 */
export function checkManifestWithConfig(
  { layers }: Pick<Manifest, "layers">,
  { rootfs }: Pick<ImageConfig, "rootfs">,
): Issue[] {
  const report = new Report(IMAGE_CLAUSES);
  if (rootfs.diff_ids.length !== layers.length) {
    const message = `expected one for each of ${layers.length} layers, got ${rootfs.diff_ids.length}`;
    report.add("image.config.rootfs.diff_ids.layers", "rootfs.diff_ids", message);
  }
  for (const [index, diffId] of rootfs.diff_ids.entries()) checkDiffId(diffId, index, layers[index], report);
  return report.issues;
}

/** A layer that is not compressed has its DiffID for its digest. */
function checkDiffId(
  diffId: string,
  index: number,
  layer: Descriptor | undefined,
  report: Report<ImageClauseId>,
): void {
  const type = layer === undefined ? undefined : parseLayerType(layer.mediaType);
  if (layer === undefined || type === undefined) return;
  const plain = type.base.format === "tar" && type.compression === "none" && !type.encrypted;
  if (!plain || layer.digest === diffId || !diffId.startsWith(`${splitDigest(layer.digest).algorithm}:`)) return;
  const message = `expected ${layer.digest}, the digest of the layer, which is not compressed, got ${diffId}`;
  report.add("image.config.diffId", `rootfs.diff_ids[${index}]`, message);
}
