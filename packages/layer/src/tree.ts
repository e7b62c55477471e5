/**
 * Layers as one tree in memory, built in one pass forward: every other thing that is done with layers rests on it.
 * What is on the way to an entry is looked up here and nowhere else, so no layer can lead out of the root.
 *
 * Within a layer the order of whiteouts does not matter. An entry replaces what stands at its path; only a directory over
 * a directory keeps what is in it.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarEntry } from "@teu/tar/entry";
import { byteString, joinPath, shown, splitPath } from "./byte-path.ts";
import type { LayerErrorCode } from "./errors.ts";
import { limitError, wrongLink } from "./internal/tree-errors.ts";
import { broughtFile, fileOf, implicitDirectory } from "./internal/tree-files.ts";
import { DEFAULT_LAYER_LIMITS, type LayerLimits } from "./limits.ts";
import { type TreeFile, TreeNode } from "./tree-node.ts";
import { Walk } from "./tree-walk.ts";
import { WHITEOUT_PREFIX, whiteoutKind } from "./whiteout.ts";

/** Is told what happens to the names of a tree, in an order in which a file system can do the same. */
export interface TreeChanges {
  /** A name for a new file: parents exist, and nothing is at its place. */
  make(node: TreeNode): void;
  /** A further name for the file of `existing`. */
  link(node: TreeNode, existing: TreeNode): void;
  /** A name is gone. What was below it is gone already. */
  remove(node: TreeNode): void;
  /** A file that was just made gets content of the layers below, and is complete with it. */
  fill?(node: TreeNode, content: Iterable<Uint8Array>): void;
}

/** How a {@link LayerTree} is built. */
export interface TreeOptions {
  /** Bounds that differ from {@link DEFAULT_LAYER_LIMITS}. */
  readonly limits?: Partial<LayerLimits> | undefined;
  readonly changes?: TreeChanges | undefined;
  /**
   * Whether there are layers below the first that are not seen, so that what is hidden has to be remembered.
   * Default: false.
   */
  readonly isRange?: boolean | undefined;
  /** Of a range: what the layers below have, to be asked where an entry rests on it. Default: nothing is known of them. */
  readonly below?: FilesBelow | undefined;
}

/** The files of the layers below a range, all of them together. */
export interface FilesBelow {
  /** What is at a path, symbolic links not followed. The path is a byte string. */
  find(path: string): TreeFile | undefined;
  /** The content of a regular file that `find` gave. */
  read(file: TreeFile): Iterable<Uint8Array>;
}

const NO_CHANGES: TreeChanges = { make: () => {}, link: () => {}, remove: () => {} };

/** The tree of some layers, entry by entry. */
export class LayerTree {
  readonly root: TreeNode = new TreeNode("", undefined, implicitDirectory(0));
  readonly limits: LayerLimits;
  /** How many entries there were. */
  entries = 0;
  readonly #changes: TreeChanges;
  readonly #isRange: boolean;
  readonly #below: FilesBelow | undefined;
  #contentBytes = 0;
  #layer = 0;
  // Archives list what is in a directory together, so most entries are where the one before was.
  #lastFolder = "";
  #lastNode: TreeNode | undefined;

  constructor(options: TreeOptions = {}) {
    this.limits = { ...DEFAULT_LAYER_LIMITS, ...options.limits };
    this.#changes = options.changes ?? NO_CHANGES;
    this.#isRange = options.isRange ?? false;
    this.#below = options.below;
  }

  /** Begins the layer of the index `layer`, counted from the base. */
  beginLayer(layer: number): void {
    this.#layer = layer;
    this.#lastNode = undefined;
  }

  /**
   * Takes the next entry of the layer.
   * @returns The node of a new file, whose content follows; nothing for all others
   * @throws TeuError `ERR_LAYER_…`
   */
  add(entry: TarEntry): TreeNode | undefined {
    this.#count(entry);
    if (entry.type === "volume-label") return undefined;
    const path = byteString(entry.name);
    const names = splitPath(path, this.limits, "entry");
    const kind = whiteoutKind(names);
    if (kind === "ignored") return undefined;
    if (kind !== "none") return this.#whiteout(names, kind);
    if (names.length === 0) return this.#setRoot(entry);
    const name = names.pop() ?? "";
    const parent = this.#folder(names, path);
    if (entry.type === "hard-link") return this.#link(parent, name, entry);
    const node = this.#place(parent, name, fileOf(entry, this.#layer));
    return node.file.type === "file" ? node : undefined;
  }

  /**
   * Finds what is at a path, with symbolic links on the way followed inside the tree, and the last one too if asked for.
   * @param path A byte string; a leading slash does not matter.
   * @throws TeuError `ERR_LAYER_PATH`, `ERR_LAYER_LOOP`, `ERR_LAYER_LIMIT`
   */
  find(path: string, options: { readonly followLast?: boolean } = {}): TreeNode | undefined {
    const walk = new Walk(splitPath(path === "" ? "/" : path, this.limits, "path"), this.root, this.limits);
    return walk.run({ followLast: options.followLast ?? false });
  }

  /** Every node but the root, parents first, names of a directory sorted by their bytes. */
  *nodes(from: TreeNode = this.root): Generator<TreeNode, void, undefined> {
    for (const node of sortedChildren(from)) {
      yield node;
      if (node.children !== undefined) yield* this.nodes(node);
    }
  }

  #count(entry: TarEntry): void {
    this.entries += 1;
    this.#contentBytes += entry.size;
    this.#check("maxEntries", this.entries, entry);
    this.#check("maxContentBytes", this.#contentBytes, entry);
    let bytes = 0;
    for (const [name, value] of entry.xattrs) bytes += name.length + value.length;
    this.#check("maxXattrBytes", bytes, entry);
  }

  #check(limit: keyof LayerLimits, actual: number, entry: TarEntry): void {
    if (actual > this.limits[limit]) throw limitError(entry.label(), limit, this.limits[limit]);
  }

  #setRoot(entry: TarEntry): undefined {
    if (entry.type !== "directory") {
      throw new TeuError<LayerErrorCode>(
        "ERR_LAYER_ROOT",
        `Reading ${entry.label()}: it would replace the root directory by a ${entry.type}`,
      );
    }
    this.root.file = fileOf(entry, this.#layer);
  }

  /** The directory at a path, made where it is missing. */
  #folder(names: readonly string[], path: string): TreeNode {
    const key = names.join("/");
    if (this.#lastNode !== undefined && key === this.#lastFolder) return this.#lastNode;
    const walk = new Walk(names, this.root, this.limits);
    const node = walk.run({ followLast: true, onMissing: (parent, name) => this.#makeImplicit(parent, name) });
    if (node?.children === undefined) {
      throw new TeuError<LayerErrorCode>(
        "ERR_LAYER_PARENT",
        `Reading entry "${shown(path)}": a name on its way is a ${node?.file.type}, expected a directory`,
      );
    }
    this.#lastFolder = key;
    this.#lastNode = node;
    return node;
  }

  /**
   * What stands at a name on the way to an entry that has none in these layers: what the layers below have there, or else
   * a new directory. What is no directory is not brought here; the way through a symbolic link goes on all the same.
   */
  #makeImplicit(parent: TreeNode, name: string): TreeNode {
    if (this.#isRange && isHidden(parent, name)) {
      const node = this.#make(parent, name, implicitDirectory(this.#layer));
      node.opaque = true;
      return node;
    }
    const below = this.#below?.find(joinPath(parent.path, name));
    if (below !== undefined && below.type !== "directory") return new TreeNode(name, parent, below);
    return this.#make(
      parent,
      name,
      below === undefined ? implicitDirectory(this.#layer) : broughtFile(below, this.#layer),
    );
  }

  /** Brings the file that a hard link names here from the layers below, as a file system of layers does. */
  #bring(parent: TreeNode, name: string, isLast: boolean): TreeNode | undefined {
    if (isHidden(parent, name)) return undefined;
    const below = this.#below?.find(joinPath(parent.path, name));
    if (this.#below === undefined || below === undefined) return undefined;
    if (below.type === "directory")
      return isLast ? new TreeNode(name, parent, below) : this.#makeImplicit(parent, name);
    if (!isLast) return new TreeNode(name, parent, below);
    const node = this.#make(parent, name, broughtFile(below, this.#layer));
    node.isBrought = true;
    if (below.type === "file") this.#changes.fill?.(node, this.#below.read(below));
    return node;
  }

  #place(parent: TreeNode, name: string, file: TreeFile): TreeNode {
    const old = parent.children?.get(name);
    if (old?.children !== undefined && file.type === "directory") {
      describe(old, file);
      touch(old, this.#layer);
      return old;
    }
    if (old !== undefined) this.#remove(old);
    const node = this.#make(parent, name, file);
    // A directory where something else was: what layers below have at this path stays hidden.
    if (this.#isRange && node.children !== undefined) node.opaque = old !== undefined || isHidden(parent, name);
    return node;
  }

  #make(parent: TreeNode, name: string, file: TreeFile): TreeNode {
    const node = this.#newNode(parent, name, file);
    parent.children?.set(name, node);
    file.names += 1;
    touch(node, this.#layer);
    this.#changes.make(node);
    return node;
  }

  #newNode(parent: TreeNode, name: string, file: TreeFile): TreeNode {
    const node = new TreeNode(name, parent, file);
    const { maxDepth, maxPathBytes } = this.limits;
    if (node.depth > maxDepth) throw limitError(`entry "${shown(node.path)}"`, "maxDepth", maxDepth);
    if (node.pathBytes > maxPathBytes) throw limitError(`entry "${shown(node.path)}"`, "maxPathBytes", maxPathBytes);
    return node;
  }

  #link(parent: TreeNode, name: string, entry: TarEntry): undefined {
    const target = byteString(entry.linkname);
    const existing = this.#linkTarget(target, entry);
    const old = parent.children?.get(name);
    if (old?.file === existing.file) {
      touch(old, this.#layer);
      return undefined;
    }
    if (old !== undefined && isBelow(existing, old)) {
      throw wrongLink(entry, target, "it goes with the directory that the link replaces, expected a file beside it");
    }
    if (old !== undefined) this.#remove(old);
    const node = this.#newNode(parent, name, existing.file);
    parent.children?.set(name, node);
    existing.file.names += 1;
    touch(node, this.#layer);
    this.#changes.link(node, existing);
    return undefined;
  }

  #linkTarget(target: string, entry: TarEntry): TreeNode {
    const walk = new Walk(splitPath(target, this.limits, "hard link target"), this.root, this.limits);
    const onMissing =
      this.#below === undefined
        ? undefined
        : (folder: TreeNode, name: string, isLast: boolean): TreeNode | undefined => this.#bring(folder, name, isLast);
    const existing = walk.run({ followLast: false, onMissing });
    if (existing === undefined) throw wrongLink(entry, target, "nothing is there, expected a file");
    if (existing.children !== undefined) throw wrongLink(entry, target, "it is a directory, expected a file");
    return existing;
  }

  #whiteout(names: string[], kind: "whiteout" | "opaque"): undefined {
    const last = names.pop() ?? "";
    const walk = new Walk(names, this.root, this.limits);
    const onMissing = (folder: TreeNode, name: string): TreeNode => this.#makeImplicit(folder, name);
    const parent = walk.run(this.#isRange ? { followLast: true, onMissing } : { followLast: true });
    if (parent?.children === undefined) return;
    if (kind === "opaque") this.#hideAll(parent);
    else this.#hide(parent, last.slice(WHITEOUT_PREFIX.length));
    this.#lastNode = undefined;
  }

  #hide(parent: TreeNode, name: string): void {
    const node = parent.children?.get(name);
    if (node !== undefined) this.#clear(node);
    if (this.#isRange && !parent.opaque) (parent.hidden ??= new Set()).add(name);
    if (this.#isRange && node?.children !== undefined) node.opaque = true;
  }

  #hideAll(folder: TreeNode): void {
    for (const node of folder.children?.values() ?? []) this.#clear(node);
    if (!this.#isRange) return;
    folder.opaque = true;
    folder.hidden = undefined;
  }

  /** Takes away what layers before this one have at a node and below it. */
  #clear(node: TreeNode): void {
    if (node.touched < this.#layer) {
      this.#remove(node);
      return;
    }
    if (node.children === undefined) return;
    if (node.file.layer < this.#layer || node.file.offset < 0) describe(node, implicitDirectory(this.#layer));
    for (const child of node.children.values()) this.#clear(child);
  }

  #remove(node: TreeNode): void {
    for (const child of node.children?.values() ?? []) this.#remove(child);
    node.parent?.children?.delete(node.name);
    node.file.names -= 1;
    this.#lastNode = undefined;
    this.#changes.remove(node);
  }
}

/** Gives a directory other attributes. */
function describe(node: TreeNode, file: TreeFile): void {
  node.file = file;
  file.names = 1;
}

/** Marks that a layer has something at a node, and so below those above it. */
function touch(node: TreeNode, layer: number): undefined {
  node.touched = layer;
  for (let above = node.parent; above !== undefined && above.touched < layer; above = above.parent) {
    above.touched = layer;
  }
}

function isHidden(parent: TreeNode, name: string): boolean {
  return parent.opaque || parent.hidden?.has(name) === true;
}

function isBelow(node: TreeNode, above: TreeNode): boolean {
  for (let at: TreeNode | undefined = node; at !== undefined; at = at.parent) if (at === above) return true;
  return false;
}

/** The nodes in a directory, sorted by the bytes of their names. */
export function sortedChildren(node: TreeNode): TreeNode[] {
  return [...(node.children?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
}
