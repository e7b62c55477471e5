/**
 * Files of a tree, made of what entries say of them.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { EntryType, TarEntry } from "@teu/tar/entry";
import { byteString } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import { type FileType, IMPLICIT_MODE, TreeFile } from "../tree-node.ts";
import { wrongType } from "./tree-errors.ts";

const MAX_TARGET_BYTES = 4096;
const START_OF_TIME = { seconds: 0, nanoseconds: 0 };

const FILE_TYPES: ReadonlyMap<EntryType, FileType> = new Map([
  ["file", "file"],
  ["symlink", "symlink"],
  ["character-device", "character-device"],
  ["block-device", "block-device"],
  ["directory", "directory"],
  ["dumpdir", "directory"],
  ["fifo", "fifo"],
]);

/** The file that an entry of the layer `layer` describes. @throws TeuError `ERR_LAYER_ENTRY`, `ERR_LAYER_PATH` */
export function fileOf(entry: TarEntry, layer: number): TreeFile {
  const type = FILE_TYPES.get(entry.type);
  if (type === undefined) throw wrongType(entry);
  const { mode, uid, gid, mtime } = entry;
  const file = new TreeFile(type, mode, uid, gid, mtime, layer, entry.offsets.header);
  if (entry.xattrs.size > 0) file.xattrs = entry.xattrs;
  if (type === "file") file.size = entry.size;
  else if (type === "symlink") file.target = symlinkTarget(entry);
  else if (type === "character-device" || type === "block-device") {
    file.major = entry.deviceMajor;
    file.minor = entry.deviceMinor;
  }
  return file;
}

/** A directory that a layer needs and has no entry for. */
export function implicitDirectory(layer: number): TreeFile {
  return new TreeFile("directory", IMPLICIT_MODE, 0, 0, START_OF_TIME, layer, -1);
}

/** A file of the layers below as one of this layer, which has no entry for it. Its content is where it was. */
export function broughtFile(file: TreeFile, layer: number): TreeFile {
  const [from, offset] = file.type === "directory" ? [layer, -1] : [file.layer, file.offset];
  const copy = new TreeFile(file.type, file.mode, file.uid, file.gid, file.mtime, from, offset);
  return Object.assign(copy, {
    xattrs: file.xattrs,
    size: file.size,
    target: file.target,
    major: file.major,
    minor: file.minor,
  });
}

function symlinkTarget(entry: TarEntry): string {
  const target = byteString(entry.linkname);
  if (target !== "" && !target.includes("\0") && target.length < MAX_TARGET_BYTES) return target;
  const message = `Reading ${entry.label()}: a symbolic link to ${target.length} bytes, expected 1 to ${MAX_TARGET_BYTES - 1} without NUL`;
  throw new TeuError<LayerErrorCode>("ERR_LAYER_PATH", message);
}
