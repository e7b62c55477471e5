/**
 * A folder as a layer, the same bytes for the same files.
 * @module
 */
import type { ImageLayer } from "@teu/content/mutate/image";
import { normaliseLayer } from "@teu/content/mutate/normalise";
import { type Scratch, writeLayer } from "@teu/content/mutate/rewrite-layers";
import { type Compression, OCI_LAYER, formatLayerType, parseLayerType } from "@teu/spec/media-types";
import { requireHelper } from "../helper-program.ts";
import { byBytes } from "./changes.ts";
import { FileContents } from "./file-contents.ts";
import { scanTree } from "./scan.ts";
import { type OwnerView, writeChanges } from "./write-changes.ts";

/** How to pack a folder. */
export interface PackFolderOptions extends Partial<OwnerView> {
  readonly signal?: AbortSignal | undefined;
  /** Default: gzip. */
  readonly compression?: Compression | undefined;
  readonly level?: number | undefined;
  /** Times that are later become this one, and all lose their fractions of a second. Default: they stay. */
  readonly latest?: Date | undefined;
  readonly helper?: string | undefined;
}

/**
 * Makes a layer of all that is in `folder`, without attributes of the folder itself. Files belong to root unless
 * `hasOwners` says that their owners count.
 * @throws TeuError `ERR_TREE_CHANGED`, `ERR_HELPER`, `ERR_LAYER_WHITEOUT`, `ERR_LAYER_OWNER`
 */
export async function packFolder(
  folder: string,
  scratch: Scratch,
  options: PackFolderOptions = {},
): Promise<ImageLayer> {
  const program = requireHelper(options.helper, `Packing ${JSON.stringify(folder)}`);
  const scan = await scanTree(program, folder);
  const changed = [...scan.keys()].filter((path) => path !== "").sort(byBytes);
  const owners = { idMaps: options.idMaps, hasOwners: options.hasOwners ?? false };
  await using contents = new FileContents(program, folder);
  const plain = writeChanges({ removed: [], changed }, scan, contents, owners);
  const { latest, compression = "gzip", level, signal } = options;
  const even = latest === undefined ? plain : normaliseLayer(plain, { latest });
  return await writeLayer(even, layerType(compression), scratch, { compression, level, signal });
}

/** The type of a layer of OCI, compressed like this. */
export function layerType(compression: Compression): string {
  const base = parseLayerType(OCI_LAYER);
  return base === undefined ? OCI_LAYER : formatLayerType({ ...base, compression });
}
