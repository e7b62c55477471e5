/**
 * Turns the changes of a tree into work on a file system, in the order they come. Directories get their attributes at the
 * end, when nothing is put into them any more: only then do their times hold, and only then may they forbid writing.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { LayerErrorCode } from "../errors.ts";
import type { TreeChanges } from "../tree.ts";
import type { TreeFile, TreeNode } from "../tree-node.ts";
import type { Attributes, NewThing, TreeOps } from "./ops.ts";
import { OPAQUE_VALUE, OVERLAY_WHITEOUT, type OverlayMarks } from "./overlay-marks.ts";
import { type ApplyPolicy, OWNER_RECORD, ownerRecord } from "./policy.ts";
import { type IdMaps, mapId } from "./id-map.ts";

/** What was left out, and for how many names. */
export type Omissions = ReadonlyMap<string, number>;

/** Applies changes through `ops`. */
export class Applier implements TreeChanges {
  readonly #ops: TreeOps;
  readonly #policy: ApplyPolicy;
  readonly #omissions = new Map<string, number>();
  /** Names that were not made, such as devices. */
  readonly #absent = new Set<TreeNode>();
  // Most nodes have the parent of the one before.
  #lastParent: TreeNode | undefined;
  #lastFolder = "";
  readonly #marks: OverlayMarks | undefined;

  /** @param marks Of overlayfs, for a tree that has what its layers hide. */
  constructor(ops: TreeOps, policy: ApplyPolicy, marks?: OverlayMarks) {
    this.#ops = ops;
    this.#policy = policy;
    this.#marks = marks;
  }

  make(node: TreeNode): void {
    const thing = this.#thing(node);
    if (thing === undefined) {
      this.#absent.add(node);
      return;
    }
    const folder = this.#folderOf(node);
    this.#ops.make(folder, node.name, thing);
    if (node.children === undefined && node.file.type !== "file") {
      this.#ops.settle(folder, node.name, this.#attributes(node.file));
    }
  }

  link(node: TreeNode, existing: TreeNode): void {
    if (this.#absent.has(existing)) {
      this.#absent.add(node);
      return;
    }
    const thing = { type: "hard-link", folder: existing.parent?.path ?? "", name: existing.name } as const;
    this.#ops.make(this.#folderOf(node), node.name, thing);
  }

  remove(node: TreeNode): void {
    if (this.#absent.delete(node)) return;
    this.#ops.remove(this.#folderOf(node), node.name, node.children !== undefined);
    if (node.children !== undefined) this.#lastParent = undefined;
  }

  fill(node: TreeNode, content: Iterable<Uint8Array>): void {
    let end = 0;
    for (const chunk of content) {
      if (!isZero(chunk)) this.#ops.write(chunk, end);
      end += chunk.length;
    }
    this.closeFile(node);
  }

  /** Ends the file of `node`, whose content has been written. */
  closeFile(node: TreeNode): void {
    this.#ops.settle(this.#folderOf(node), node.name, this.#attributes(node.file), node.file.size);
  }

  /** Sets the attributes of all directories, `root` last, and waits for the end. @returns What was left out */
  async finish(root: TreeNode): Promise<Omissions> {
    let count = 0;
    for (const node of directoriesUpwards(root)) {
      if (this.#marks !== undefined) this.#hide(node);
      this.#ops.settle(node === root ? "" : this.#folderOf(node), node.name, this.#directoryAttributes(node));
      count += 1;
      if (count % 1000 === 0) await this.#ops.drain();
    }
    const unable = await this.#ops.drain(true);
    if (this.#marks !== undefined && unable.includes(this.#marks.opaque)) throw unmarked(this.#marks.opaque);
    for (const what of unable) this.#omit(what);
    return this.#omissions;
  }

  /** Makes what hides names of layers below in a directory. */
  #hide({ path, hidden, children }: TreeNode): void {
    for (const name of hidden ?? []) if (children?.has(name) !== true) this.#ops.make(path, name, OVERLAY_WHITEOUT);
  }

  #directoryAttributes({ file, opaque }: TreeNode): Attributes {
    const attributes = this.#attributes(file);
    if (this.#marks === undefined || !opaque) return attributes;
    const xattrs = new Map(attributes.xattrs).set(this.#marks.opaque, OPAQUE_VALUE);
    return { ...attributes, xattrs };
  }

  #folderOf(node: TreeNode): string {
    if (node.parent === this.#lastParent) return this.#lastFolder;
    this.#lastParent = node.parent;
    this.#lastFolder = node.parent?.path ?? "";
    return this.#lastFolder;
  }

  #thing(node: TreeNode): NewThing | undefined {
    const { file } = node;
    switch (file.type) {
      case "directory":
      case "file":
        return { type: file.type };
      case "fifo":
        return this.#ops.lacks.has("fifos") ? this.#omit("fifos") : { type: "fifo" };
      case "symlink":
        return { type: "symlink", target: file.target };
      default:
        if (!this.#policy.devices || this.#ops.lacks.has("devices")) return this.#omit("devices");
        return { type: file.type, major: file.major, minor: file.minor };
    }
  }

  #attributes(file: TreeFile): Attributes {
    const { owners } = this.#policy;
    const owner = owners === undefined ? undefined : mapOwner(file, owners);
    const mode = file.type === "symlink" ? undefined : this.#mode(file);
    return { owner, mode, xattrs: this.#xattrs(file), mtime: file.mtime };
  }

  #mode(file: TreeFile): number {
    if (this.#policy.setIds || (file.mode & SET_IDS) === 0 || file.type !== "file") return file.mode;
    this.#omit("set-user-id and set-group-id bits");
    return file.mode & ~SET_IDS;
  }

  #xattrs(file: TreeFile): ReadonlyMap<string, Uint8Array> | undefined {
    const policy = this.#policy;
    if (file.xattrs === undefined && !policy.recordsOwners) return undefined;
    const lacksXattrs = this.#ops.lacks.has("extended attributes");
    const kept = new Map<string, Uint8Array>();
    for (const [name, value] of file.xattrs ?? []) {
      if (policy.keepsXattr(name, file.type) && !lacksXattrs) kept.set(name, value);
      else this.#omit(name);
    }
    const record = policy.recordsOwners ? ownerRecord(file.uid, file.gid) : undefined;
    if (record !== undefined && file.type !== "symlink" && !lacksXattrs) kept.set(OWNER_RECORD, record);
    return kept.size === 0 ? undefined : kept;
  }

  #omit(what: string): undefined {
    this.#omissions.set(what, (this.#omissions.get(what) ?? 0) + 1);
  }
}

const SET_IDS = 0o6000;
const ZEROS = Buffer.alloc(64 * 1024);

function isZero(chunk: Uint8Array): boolean {
  return chunk.length <= ZEROS.length && ZEROS.subarray(0, chunk.length).equals(chunk);
}

function unmarked(name: string): TeuError<LayerErrorCode> {
  const message = `Making a layer of overlayfs: the attribute ${name} cannot be set there, expected it to hide what is below`;
  return new TeuError("ERR_APPLY", message, {
    hint: "Unpack to a file system with such attributes, as root or with user.*",
  });
}

function mapOwner(file: TreeFile, maps: IdMaps): { uid: number; gid: number } {
  const uid = mapId(file.uid, maps.uids);
  const gid = mapId(file.gid, maps.gids);
  if (uid !== undefined && gid !== undefined) return { uid, gid };
  throw new TeuError<LayerErrorCode>(
    "ERR_LAYER_OWNER",
    `Making a file of owner ${file.uid}:${file.gid}: the map of ids has no place for it, expected one`,
    { hint: "Give a larger map, or leave owners out" },
  );
}

/** The directories below and with `root`, each behind those in it. */
function* directoriesUpwards(root: TreeNode): Generator<TreeNode, void, undefined> {
  for (const child of root.children?.values() ?? []) if (child.children !== undefined) yield* directoriesUpwards(child);
  yield root;
}
