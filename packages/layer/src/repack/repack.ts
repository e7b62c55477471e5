/**
 * A bundle packed again: what has changed in its root since it was unpacked becomes a new layer of its image.
 * @module
 */
import { join } from "node:path";
import { type Image, type ImageLayer } from "@teu/content/mutate/image";
import { type HistoryStep, appendLayers } from "@teu/content/mutate/layer-edit";
import { type Scratch, writeLayer } from "@teu/content/mutate/rewrite-layers";
import type { Compression } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { fromText } from "../byte-path.ts";
import { ContentHasher, hashTree } from "../emit/digests.ts";
import type { LayerErrorCode } from "../errors.ts";
import { requireHelper } from "../helper-program.ts";
import { type TreeChangeList, byBytes, compareScans } from "./changes.ts";
import { FileContents } from "./file-contents.ts";
import { layerType } from "./pack-folder.ts";
import { type BundleRecord, readRecord, readState } from "./record.ts";
import { type ScannedTree, scanTree } from "./scan.ts";
import { writeChanges } from "./write-changes.ts";

/** How to pack again. */
export interface RepackOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: gzip. */
  readonly compression?: Compression | undefined;
  /** What the history says of the layer. */
  readonly history?: HistoryStep | undefined;
  readonly helper?: string | undefined;
}

// Layers of changes are made often, and this takes two thirds of the time of level 6 for a twentieth more bytes: as many as
// umoci's have.
const GZIP_LEVEL = 4;

/** What came of packing again. */
export interface Repacked {
  /** The image with the new layer; the same image if nothing has changed. */
  readonly image: Image;
  /** The new layer, undefined if nothing has changed. */
  readonly layer: ImageLayer | undefined;
  readonly removed: number;
  readonly changed: number;
}

/**
 * Makes a layer of what has changed in `bundle`, which was unpacked from `image`. The layer's content goes to `scratch`.
 * @throws TeuError `ERR_BUNDLE_INVALID` if the bundle is of another image; `ERR_TREE_CHANGED`, `ERR_HELPER`
 */
export async function repack(
  image: Image,
  bundle: string,
  scratch: Scratch,
  options: RepackOptions = {},
): Promise<Repacked> {
  const program = requireHelper(options.helper, `Packing ${JSON.stringify(bundle)}`);
  const record = await readRecord(bundle);
  checkImage(record, image, bundle);
  const root = join(bundle, "rootfs");
  const [after, before] = await Promise.all([scanTree(program, root), readState(bundle)]);
  const changes = await settleDoubts(compareScans(before, after, volumesOf(image)), {
    image,
    after,
    program,
    root,
  });
  const { length: changed } = changes.changed;
  const { length: removed } = changes.removed;
  if (changed + removed === 0) return { image, layer: undefined, removed, changed };
  await using contents = new FileContents(program, root);
  const compression = options.compression ?? "gzip";
  const layer = await writeLayer(writeChanges(changes, after, contents, record), layerType(compression), scratch, {
    compression,
    level: compression === "gzip" ? GZIP_LEVEL : undefined,
    signal: options.signal,
  });
  const added = options.history === undefined ? layer : { ...layer, history: options.history };
  return { image: appendLayers(image, [added]), layer, removed, changed };
}

function checkImage(record: BundleRecord, image: Image, bundle: string): void {
  if (record.image.digest === image.descriptor.digest) return;
  const message = `Packing ${JSON.stringify(bundle)}: it was unpacked from ${record.image.digest}, expected ${image.descriptor.digest}`;
  throw new TeuError<LayerErrorCode>("ERR_BUNDLE_INVALID", message);
}

/** Tells of paths below the volumes of an image, whose data does not belong to it. */
function volumesOf(image: Image): (path: string) => boolean {
  const config = image.config["config"] as { readonly Volumes?: Readonly<Record<string, unknown>> | null } | undefined;
  const volumes = Object.keys(config?.Volumes ?? {}).map((path) => `${fromText(path).replace(/^\/+|\/+$/g, "")}/`);
  return volumes.length === 0 ? () => false : (path) => volumes.some((volume) => path.startsWith(volume));
}

interface DoubtContext {
  readonly image: Image;
  readonly after: ScannedTree;
  readonly program: string;
  readonly root: string;
}

/** Compares the contents of doubtful files with those in the image's layers. */
async function settleDoubts(changes: TreeChangeList, context: DoubtContext): Promise<TreeChangeList> {
  if (changes.doubtful.length === 0) return changes;
  const { tree, digests } = await hashTree(context.image.layers);
  await using contents = new FileContents(context.program, context.root);
  const changed = [...changes.changed];
  for (const path of changes.doubtful) {
    const file = tree.find(path)?.file;
    const size = context.after.get(path)?.size ?? 0;
    const hasher = new ContentHasher();
    let end = 0;
    for await (const chunk of contents.read(path, size)) {
      hasher.add(chunk, end);
      end += chunk.length;
    }
    if (file === undefined || digests.get(file) !== hasher.finish(size)) changed.push(path);
  }
  return { ...changes, changed: changed.sort(byBytes), doubtful: [] };
}
