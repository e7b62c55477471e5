/**
 * Indexes changed: entries filtered, replaced and added. An index in an index is changed with those above it.
 * @module
 */
import type { Annotations } from "@teu/spec/annotations";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_INDEX, isIndex } from "@teu/spec/media-types";
import { GraphGuard, type GraphLimits, contentKey, readDocument } from "../graph.ts";
import { type Graph, nameBytes, overlay, union } from "../overlay.ts";
import type { BlobReader, CallOptions } from "../store.ts";
import { type JsonObject, readObject, withFields, writeObject } from "./document.ts";

/** What editing an index takes. */
export type IndexEditOptions = GraphLimits & CallOptions;

/**
 * Says what becomes of an entry: itself, as it was given; nothing, to take it out; or another graph, to which the entry
 * will point with its other fields unchanged unless the graph's root sets them.
 */
export type EntryEdit = (entry: Graph) => Promise<Graph | undefined> | Graph | undefined;

/** How to edit an index beside its entries. */
export interface MapIndexOptions extends IndexEditOptions {
  /** Edits the document of each index, after its entries. Its `mediaType` becomes that of the index. */
  readonly editDocument?: (document: JsonObject) => JsonObject;
}

/**
 * Edits every entry of an index that is no index itself, those of indexes in it included. An inner index whose entries
 * are all taken out goes with them. Where nothing changes the very same graph comes back.
 * @throws TeuError what reading the indexes throws.
 */
export async function mapIndex(index: Graph, edit: EntryEdit, options: MapIndexOptions = {}): Promise<Graph> {
  return await new Mapping(edit, options).index(index, 0);
}

/** Keeps the entries for which `takes` answers true, and in indexes within likewise. */
export async function filterIndex(
  index: Graph,
  takes: (entry: Descriptor) => boolean,
  options: IndexEditOptions = {},
): Promise<Graph> {
  return await mapIndex(index, (entry) => (takes(entry.root) ? entry : undefined), options);
}

interface Mapped extends Graph {
  readonly isEmptied?: boolean;
}

class Mapping {
  readonly #edit: EntryEdit;
  readonly #options: MapIndexOptions;
  readonly #guard: GraphGuard;
  // An index may be named many times over, each time in an index that is named many times over itself.
  readonly #done = new Map<string, Promise<Mapped>>();

  constructor(edit: EntryEdit, options: MapIndexOptions) {
    this.#edit = edit;
    this.#options = options;
    this.#guard = new GraphGuard(options);
  }

  index(index: Graph, depth: number): Promise<Mapped> {
    const key = contentKey(index.root);
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    this.#guard.enter({ descriptor: index.root, depth });
    const work = this.#map(index, depth);
    this.#done.set(key, work);
    return work;
  }

  async #map(index: Graph, depth: number): Promise<Mapped> {
    const { bytes, links } = await readDocument(index.store, index.root, this.#options);
    const entries = links.children.map((root): Graph => ({ root, store: index.store }));
    const mapped: (Graph | undefined)[] = [];
    for (const entry of entries) mapped.push(await this.#entry(entry, depth + 1));
    const isSame = entries.every(({ root }, at) => mapped[at]?.root === root);
    if (isSame && this.#options.editDocument === undefined) return index;
    const isEmptied = entries.length > 0 && mapped.every((entry) => entry === undefined);
    return { ...this.#rewrite(index, bytes, mapped), isEmptied };
  }

  /** The index with new entries at the places of its old ones. */
  #rewrite(index: Graph, bytes: Uint8Array, entries: readonly (Graph | undefined)[]): Graph {
    const object = readObject(bytes, `index "${index.root.digest}"`);
    const old = object["manifests"] as readonly JsonObject[];
    const manifests = entries.flatMap((entry, at) => (entry === undefined ? [] : [entryFor(entry.root, old[at])]));
    const stores = entries.flatMap((entry) => (entry === undefined ? [] : [entry.store]));
    const edited = (this.#options.editDocument ?? unchanged)(withFields(object, { manifests }));
    return indexGraph(edited, index.root, union([index.store, ...stores]));
  }

  async #entry(entry: Graph, depth: number): Promise<Graph | undefined> {
    if (!isIndex(entry.root.mediaType)) return await this.#edit(entry);
    const mapped = await this.index(entry, depth);
    if (mapped.isEmptied === true) return undefined;
    const { mediaType, digest, size } = mapped.root;
    return digest === entry.root.digest
      ? entry
      : { root: { ...entry.root, mediaType, digest, size }, store: mapped.store };
  }
}

function unchanged(document: JsonObject): JsonObject {
  return document;
}

/** An entry that points to `root` and says otherwise what it said before; content that it carried is left out. */
function entryFor(root: Descriptor, old: JsonObject = {}): JsonObject {
  return withFields(old, { ...(root.digest === old["digest"] ? {} : { data: undefined }), ...root });
}

function indexGraph(object: JsonObject, like: Descriptor, store: BlobReader): Graph {
  const stated = object["mediaType"];
  const mediaType = typeof stated === "string" ? stated : like.mediaType;
  const content = nameBytes(writeObject(object), { ...like, mediaType });
  return { root: content.descriptor, store: overlay([content], store) };
}

/** What a new index says beside its entries. */
export interface NewIndex {
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/**
 * A new index of `entries`, each with the platform and the annotations that its root carries.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md}
 */
export function assembleIndex(entries: readonly Graph[], fields: NewIndex = {}): Graph {
  const manifests = entries.map(({ root }) => root);
  const { artifactType, subject, annotations } = fields;
  const document = { schemaVersion: 2, mediaType: OCI_INDEX, artifactType, manifests, subject, annotations };
  const content = nameBytes(writeObject(document), { mediaType: OCI_INDEX });
  return { root: content.descriptor, store: overlay([content], union(entries.map(({ store }) => store))) };
}

/**
 * The index with `entries` at its end. Entries that it has already, by digest, give way to the new ones.
 * @throws TeuError what reading the index throws.
 */
export async function addToIndex(
  index: Graph,
  entries: readonly Graph[],
  options: IndexEditOptions = {},
): Promise<Graph> {
  const { bytes } = await readDocument(index.store, index.root, options);
  const object = readObject(bytes, `index "${index.root.digest}"`);
  const added = new Set<unknown>(entries.map(({ root }) => root.digest));
  const kept = (object["manifests"] as readonly JsonObject[]).filter(({ digest }) => !added.has(digest));
  const manifests = [...kept, ...entries.map(({ root }) => root)];
  const store = union([index.store, ...entries.map((entry) => entry.store)]);
  return indexGraph(withFields(object, { manifests }), index.root, store);
}
