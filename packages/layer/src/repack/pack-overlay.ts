/**
 * The upper folder of an overlayfs mount as a layer: what overlayfs marks as hidden becomes whiteouts.
 * @see {@link https://www.kernel.org/doc/html/v6.12/filesystems/overlayfs.html#whiteouts-and-opaque-directories}
 * @module
 */
import type { ImageLayer } from "@teu/content/mutate/image";
import { type Scratch, writeLayer } from "@teu/content/mutate/rewrite-layers";
import { S_IFDIR, S_IFMT } from "@teu/kernel/files";
import type { Compression } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { isWhiteout } from "../apply/folders-below.ts";
import { type OverlayMarks, type OverlayStyle, overlayMarks } from "../apply/overlay-marks.ts";
import { shown } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import { requireHelper } from "../helper-program.ts";
import { byBytes } from "./changes.ts";
import { FileContents } from "./file-contents.ts";
import { layerType } from "./pack-folder.ts";
import { type ScannedTree, scanTree } from "./scan.ts";
import type { ScannedFile } from "./scanned-file.ts";
import { type LayerContents, type OwnerView, writeChanges } from "./write-changes.ts";

/** How to pack an upper folder. */
export interface PackOverlayOptions extends Partial<OwnerView> {
  readonly signal?: AbortSignal | undefined;
  /** Which attributes count. Default: `trusted` for root, else `user`. */
  readonly overlay?: OverlayStyle | undefined;
  /** Default: gzip. */
  readonly compression?: Compression | undefined;
  readonly helper?: string | undefined;
}

/**
 * Makes a layer of `upper`, whose content goes to `scratch`. Nothing is to write to the folder meanwhile.
 * @returns The layer; undefined if the folder is empty, for then there is nothing to say
 * @throws TeuError `ERR_OVERLAY_INVALID`, `ERR_TREE_CHANGED`, `ERR_HELPER`, `ERR_LAYER_OWNER`
 */
export async function packOverlay(
  upper: string,
  scratch: Scratch,
  options: PackOverlayOptions = {},
): Promise<ImageLayer | undefined> {
  const program = requireHelper(options.helper, `Packing ${JSON.stringify(upper)}`);
  const isRoot = process.geteuid?.() === 0;
  const scan = await scanTree(program, upper);
  if (scan.size < 2) return undefined;
  const contents = contentsOf(scan, overlayMarks(options.overlay ?? (isRoot ? "trusted" : "user")));
  const owners = { idMaps: options.idMaps, hasOwners: options.hasOwners ?? isRoot };
  await using files = new FileContents(program, upper);
  const compression = options.compression ?? "gzip";
  return await writeLayer(writeChanges(contents, scan, files, owners), layerType(compression), scratch, {
    compression,
    signal: options.signal,
  });
}

/** What a scan of an upper folder says. @throws TeuError `ERR_OVERLAY_INVALID` */
export function contentsOf(scan: ScannedTree, marks: OverlayMarks): LayerContents {
  const [removed, opaque, changed]: [string[], string[], string[]] = [[], [], []];
  for (const [path, file] of scan) {
    if (isWhiteout(file, marks)) {
      removed.push(path);
      continue;
    }
    checkWhole(path, file, marks);
    changed.push(path);
    if ((file.mode & S_IFMT) === S_IFDIR && file.xattrs?.get(marks.opaque)?.[0] === OPAQUE) opaque.push(path);
  }
  return { removed: removed.sort(byBytes), opaque: opaque.sort(byBytes), changed: changed.sort(byBytes) };
}

const OPAQUE = 0x79;

function checkWhole(path: string, { xattrs }: ScannedFile, marks: OverlayMarks): void {
  const found = [marks.redirect, marks.metacopy].find((name) => xattrs?.has(name) === true);
  if (found === undefined) return;
  const message = `Packing "${shown(path)}": it has the attribute ${found}, expected a whole file or directory`;
  throw new TeuError<LayerErrorCode>("ERR_OVERLAY_INVALID", message, {
    hint: "Mount with redirect_dir=off and metacopy=off",
  });
}
