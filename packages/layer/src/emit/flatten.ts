/**
 * Several layers as one: the whole of an image, or a range in its middle. What comes out is the same for the same layers:
 * directories first, by path, then what hides files of layers below, then files in the order in which they lie in their
 * layers, and hard links at the end, each behind the file it is a name of.
 * @module
 */
import type { ImageLayer } from "@teu/content/mutate/image";
import type { NewEntry } from "@teu/tar/write-header";
import { TarWriter, endOfArchive } from "@teu/tar/write-tar";
import { isTeuError } from "@teu/std/error";
import { bytesOf, joinPath } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import type { LayerTree } from "../tree.ts";
import type { TreeFile, TreeNode } from "../tree-node.ts";
import { OPAQUE_NAME, WHITEOUT_PREFIX } from "../whiteout.ts";
import { type ContentPiece, readContents } from "./contents.ts";
import { type ReadTreeOptions, readTree } from "./read-tree.ts";

/** How to flatten. */
export interface FlattenOptions extends Omit<ReadTreeOptions, "below" | "firstLayer"> {
  /** The layers below, whose files stay hidden where these layers hide them. Default: none. */
  readonly below?: readonly ImageLayer[] | undefined;
}

/**
 * Gives the plain archive of one layer that does what `layers` do together.
 * @throws TeuError `ERR_LAYER_…`; what reading the layers throws
 */
export async function* flattenLayers(
  layers: readonly ImageLayer[],
  options: FlattenOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { below = [], ...others } = options;
  const range = { ...others, isRange: below.length > 0 };
  const { tree, all } = await readRange(layers, below, range);
  yield* emitTree(tree, all, range);
}

/** Reads layers. Those below are read only if a hard link leads there, which few images have. */
async function readRange(
  layers: readonly ImageLayer[],
  below: readonly ImageLayer[],
  options: ReadTreeOptions,
): Promise<{ readonly tree: LayerTree; readonly all: readonly ImageLayer[] }> {
  try {
    return { tree: await readTree(layers, options), all: layers };
  } catch (error) {
    if (below.length === 0 || !isTeuError<LayerErrorCode>(error, "ERR_LAYER_LINK")) throw error;
  }
  const lower = await readTree(below, { ...options, isRange: false });
  const found = { find: (path: string) => lower.find(path)?.file, read: () => [] };
  const tree = await readTree(layers, { ...options, below: found, firstLayer: below.length });
  return { tree, all: [...below, ...layers] };
}

/** Gives the plain archive of a tree, with contents from its layers. */
export async function* emitTree(
  tree: LayerTree,
  layers: readonly ImageLayer[],
  options: ReadTreeOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = new TarWriter();
  const plan = planOf(tree, options.isRange ?? false);
  for (const entry of plan.entries()) yield joined(writer, entry);
  const files = new ContentWriter(writer);
  for await (const piece of readContents(layers, plan.contents.keys(), options)) {
    const node = plan.contents.get(piece.file);
    if (node !== undefined) yield* files.add(piece, node);
  }
  for (const entry of plan.links()) yield joined(writer, entry);
  yield endOfArchive();
}

function joined(writer: TarWriter, entry: NewEntry): Uint8Array {
  const header = writer.open(entry);
  writer.close();
  return header;
}

interface Plan {
  /** Entries without content, in order. */
  entries(): Generator<NewEntry>;
  /** The files that have content, with the name that gets it. */
  readonly contents: ReadonlyMap<TreeFile, TreeNode>;
  links(): Generator<NewEntry>;
}

function planOf(tree: LayerTree, isRange: boolean): Plan {
  const first = new Map<TreeFile, TreeNode>();
  const contents = new Map<TreeFile, TreeNode>();
  const others: TreeNode[] = [];
  const links: [TreeNode, TreeNode][] = [];
  // What layers below have is there already; only further names of it are made here.
  for (const node of tree.nodes()) if (node.isBrought) first.set(node.file, node);
  for (const node of tree.nodes()) {
    if (node.children !== undefined || node.isBrought) continue;
    const known = first.get(node.file);
    if (known !== undefined) links.push([node, known]);
    else {
      first.set(node.file, node);
      if (node.file.type === "file") contents.set(node.file, node);
      else others.push(node);
    }
  }
  return {
    *entries() {
      yield* directories(tree, isRange);
      if (isRange) yield* whiteouts(tree);
      for (const node of others) yield entryOf(node);
    },
    contents,
    *links() {
      for (const [node, target] of links) {
        yield { name: bytesOf(node.path), type: "hard-link", linkname: bytesOf(target.path) };
      }
    },
  };
}

function* directories(tree: LayerTree, isRange: boolean): Generator<NewEntry> {
  for (const node of [tree.root, ...tree.nodes()]) {
    if (node.children === undefined) continue;
    // A directory that no entry describes may have other attributes in a layer below.
    if (node.file.offset >= 0 || (!isRange && node !== tree.root)) yield entryOf(node);
  }
}

function* whiteouts(tree: LayerTree): Generator<NewEntry> {
  for (const node of [tree.root, ...tree.nodes()]) {
    if (node.opaque) yield whiteout(node.path, OPAQUE_NAME);
    for (const name of [...(node.hidden ?? [])].sort()) {
      // A file in its place hides it all the same.
      if (!(node.children?.has(name) === true)) yield whiteout(node.path, WHITEOUT_PREFIX + name);
    }
  }
}

/** The entry of a whiteout: an empty file. */
export function whiteout(folder: string, name: string): NewEntry {
  return { name: bytesOf(joinPath(folder, name)), type: "file", mode: 0o600 };
}

/** The entry of a node, without content. */
export function entryOf(node: TreeNode): NewEntry {
  const { type, mode, uid, gid, mtime, xattrs, size, target, major, minor } = node.file;
  return {
    name: node.path === "" ? "./" : bytesOf(node.path),
    type,
    mode,
    uid,
    gid,
    mtime,
    size,
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(type === "symlink" ? { linkname: bytesOf(target) } : {}),
    deviceMajor: major,
    deviceMinor: minor,
  };
}

const ZEROS = new Uint8Array(64 * 1024);

/** Writes files whose contents come in pieces, with zeros for their holes. */
class ContentWriter {
  readonly #writer: TarWriter;
  #file: TreeFile | undefined;
  #end = 0;

  constructor(writer: TarWriter) {
    this.#writer = writer;
  }

  *add({ file, offset, chunk, isEnd }: ContentPiece, node: TreeNode): Generator<Uint8Array> {
    if (this.#file !== file) {
      this.#file = file;
      this.#end = 0;
      yield this.#writer.open(entryOf(node));
    }
    while (this.#end < offset) yield this.#count(ZEROS.subarray(0, offset - this.#end));
    if (chunk.length > 0) yield this.#count(chunk);
    if (!isEnd) return;
    this.#file = undefined;
    yield this.#writer.close();
  }

  #count(chunk: Uint8Array): Uint8Array {
    this.#writer.content(chunk.length);
    this.#end += chunk.length;
    return chunk;
  }
}
