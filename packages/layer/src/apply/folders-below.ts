/**
 * The layers below one that is being unpacked, each in a folder of its own with the marks of overlayfs, seen together.
 * Looked into only when something rests on them: then each is scanned once, the top one first.
 * @module
 */
import { spawnSync } from "node:child_process";
import { closeSync, lstatSync, openSync, readSync } from "node:fs";
import { S_IFCHR, S_IFDIR, S_IFMT, S_IFREG } from "@teu/kernel/files";
import { TeuError } from "@teu/std/error";
import { bytesOf } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import { type ScannedTree, parseScan } from "../repack/scan.ts";
import { type ScannedFile, fileType } from "../repack/scanned-file.ts";
import type { FilesBelow } from "../tree.ts";
import { TreeFile } from "../tree-node.ts";
import { type IdMaps, unmapId } from "./id-map.ts";
import { type OverlayMarks, type OverlayStyle, overlayMarks } from "./overlay-marks.ts";
import { OWNER_RECORD, parseOwnerRecord } from "./policy.ts";

/** How folders below are to be understood. */
export interface FoldersBelowOptions {
  readonly style: OverlayStyle;
  /** The map with which they were unpacked; undefined where files do not have the owners of the image. */
  readonly idMaps: IdMaps | undefined;
}

const MAX_SCAN_BYTES = 2 ** 31;
const CHUNK_BYTES = 64 * 1024;
const NO_LAYER = -1;

/** The folders of the layers below, the top one first. */
export class FoldersBelow implements FilesBelow {
  readonly #program: string;
  readonly #folders: readonly string[];
  readonly #idMaps: IdMaps | undefined;
  readonly #marks: OverlayMarks;
  readonly #scans: ScannedTree[] = [];
  /** Where the files that were given out are. */
  readonly #places = new WeakMap<TreeFile, Buffer>();

  constructor(program: string, folders: readonly string[], { style, idMaps }: FoldersBelowOptions) {
    this.#program = program;
    this.#folders = folders;
    this.#idMaps = idMaps;
    this.#marks = overlayMarks(style);
  }

  find(path: string): TreeFile | undefined {
    const parents = parentsOf(path);
    for (const [at, folder] of this.#folders.entries()) {
      const scan = (this.#scans[at] ??= this.#scan(folder));
      const file = scan.get(path);
      if (file !== undefined) return isWhiteout(file, this.#marks) ? undefined : this.#fileOf(file, folder, path);
      if (parents.some((parent) => this.#hides(scan.get(parent)))) return undefined;
    }
    return undefined;
  }

  *read(file: TreeFile): Generator<Uint8Array, void, undefined> {
    const place = this.#places.get(file);
    if (place === undefined) throw new Error("a file that is not of these folders");
    const fd = openSync(place, "r");
    try {
      for (;;) {
        const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        const length = readSync(fd, chunk);
        if (length === 0) return;
        yield chunk.subarray(0, length);
      }
    } finally {
      closeSync(fd);
    }
  }

  /** The root, for a layer that has no entry for it. Its extended attributes are left out. */
  root(): TreeFile | undefined {
    const [folder] = this.#folders;
    if (folder === undefined) return undefined;
    const { mode, uid, gid, mtimeNs } = lstatSync(folder, { bigint: true });
    const seconds = mtimeNs / 1_000_000_000n - (mtimeNs % 1_000_000_000n < 0n ? 1n : 0n);
    const mtime = { seconds: Number(seconds), nanoseconds: Number(mtimeNs - seconds * 1_000_000_000n) };
    const owner = this.#ownerOf(Number(uid), Number(gid), undefined);
    return new TreeFile("directory", Number(mode) & 0o7777, owner.uid, owner.gid, mtime, NO_LAYER, -1);
  }

  #scan(folder: string): ScannedTree {
    const { stdout, status, error } = spawnSync(this.#program, ["scan", folder], {
      env: {},
      maxBuffer: MAX_SCAN_BYTES,
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (status === 0) return parseScan(stdout);
    const message = `Scanning the layer below in ${JSON.stringify(folder)}: teu-layer ended with ${status}, expected 0`;
    throw new TeuError<LayerErrorCode>("ERR_HELPER", message, error === undefined ? {} : { cause: error });
  }

  /** Whether a parent of a path hides what layers further below have at the path. */
  #hides(parent: ScannedFile | undefined): boolean {
    if (parent === undefined) return false;
    return (parent.mode & S_IFMT) !== S_IFDIR || parent.xattrs?.get(this.#marks.opaque)?.[0] === OPAQUE;
  }

  #fileOf(file: ScannedFile, folder: string, path: string): TreeFile | undefined {
    const type = fileType(file.mode);
    if (type === undefined) return undefined;
    const { uid, gid } = this.#ownerOf(file.uid, file.gid, file.xattrs?.get(OWNER_RECORD));
    const found = new TreeFile(type, file.mode & 0o7777, uid, gid, file.mtime, NO_LAYER, -1);
    found.size = type === "file" ? file.size : 0;
    found.target = file.target;
    found.major = file.major;
    found.minor = file.minor;
    found.xattrs = file.xattrs;
    this.#places.set(found, Buffer.concat([Buffer.from(`${folder}/`), bytesOf(path)]));
    return found;
  }

  #ownerOf(uid: number, gid: number, record: Uint8Array | undefined): { uid: number; gid: number } {
    if (this.#idMaps === undefined) return record === undefined ? { uid: 0, gid: 0 } : parseOwnerRecord(record);
    return { uid: unmapId(uid, this.#idMaps.uids) ?? 0, gid: unmapId(gid, this.#idMaps.gids) ?? 0 };
  }
}

const OPAQUE = 0x79;

/** Whether a file of a layer's folder is none but hides that of a layer below. */
export function isWhiteout({ mode, major, minor, size, xattrs }: ScannedFile, marks: OverlayMarks): boolean {
  const type = mode & S_IFMT;
  if (type === S_IFCHR) return major === 0 && minor === 0;
  return type === S_IFREG && size === 0 && xattrs?.has(marks.whiteout) === true;
}

/** The paths above a path, the root included. */
function parentsOf(path: string): string[] {
  if (path === "") return [];
  const names = path.split("/");
  return names.map((_, at) => names.slice(0, at).join("/"));
}
