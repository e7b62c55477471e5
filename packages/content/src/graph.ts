/**
 * Walks the graph of content below a descriptor: indexes and manifests down to configs, layers and blobs, and on request
 * to subjects and referrers. Content of unknown types is visited and never opened.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError, isTeuError } from "@teu/std/error";
import type { ContentErrorCode } from "./errors.ts";
import { type Links, hasLinks, parseLinks } from "./links.ts";
import { listReferrers } from "./referrers.ts";
import type { BlobReader, CallOptions, TagResolver } from "./store.ts";
import { readVerified } from "./verified-read.ts";

/** Bounds of a graph that is walked or copied. */
export interface GraphLimits {
  /** Most links between the root and any content. Default: 10, which is room for indexes in indexes. */
  readonly maxDepth?: number | undefined;
  /** Most contents in all, each counted once. Default: 100,000. */
  readonly maxNodes?: number | undefined;
  /** Largest manifest or index, in bytes. Default: 4 MiB. */
  readonly maxDocumentBytes?: number | undefined;
}

/** What to walk beside what the root needs. */
export interface WalkOptions extends GraphLimits, CallOptions {
  /** True to go on to the subjects of manifests and indexes, where they are in the store. Default: false. */
  readonly subjects?: boolean | undefined;
  /** True to go on to what refers to each manifest and index. Default: false. */
  readonly referrers?: boolean | undefined;
  /** Answers false for manifests and indexes that are to be visited like blobs, unread. Default: all are read. */
  readonly enters?: ((descriptor: Descriptor) => boolean) | undefined;
  /** True to report manifests and indexes that are not in the store as `missing` instead of throwing. Default: false. */
  readonly allowMissing?: boolean | undefined;
}

/** A manifest or index that has been read. */
export interface GraphDocument {
  readonly bytes: Uint8Array;
  readonly links: Links;
}

/** How a walk came to some content. */
export type GraphLink = "root" | "child" | "subject" | "referrer";

/** One content of a graph. */
export interface GraphNode {
  readonly descriptor: Descriptor;
  /** How many links it is away from the root. */
  readonly depth: number;
  readonly link: GraphLink;
  /** The content that the walk came from; nothing for the root. */
  readonly parent?: Descriptor;
  /** The document, if it has links. */
  readonly document?: GraphDocument;
  /** True if it has links but is not in the store. */
  readonly missing?: true;
}

/**
 * Visits every content of the graph once: parents before children, children in the order of their document. Blobs are
 * neither read nor looked for.
 * @throws TeuError `ERR_GRAPH_INVALID`, `ERR_GRAPH_LIMIT`; what {@link readVerified} throws.
 */
export async function* walk(
  store: BlobReader & Partial<TagResolver>,
  root: Descriptor,
  options: WalkOptions = {},
): AsyncGenerator<GraphNode, void, undefined> {
  const guard = new GraphGuard(options);
  const pending: Step[] = [{ descriptor: root, depth: 0, link: "root" }];
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    options.signal?.throwIfAborted();
    if (!guard.enter(step)) continue;
    const node = await visit(store, step, options);
    if (node === undefined) continue;
    yield node;
    pending.push(...(await stepsBehind(store, node, options)).toReversed());
  }
}

type Step = Pick<GraphNode, "descriptor" | "depth" | "link" | "parent">;

async function visit(store: BlobReader, step: Step, options: WalkOptions): Promise<GraphNode | undefined> {
  if (!hasLinks(step.descriptor.mediaType) || options.enters?.(step.descriptor) === false) return step;
  try {
    return { ...step, document: await readDocument(store, step.descriptor, options) };
  } catch (error) {
    const isMissing = isTeuError<ContentErrorCode>(error, "ERR_BLOB_MISSING");
    if (isMissing && step.link === "subject") return undefined;
    if (isMissing && options.allowMissing === true) return { ...step, missing: true };
    throw error;
  }
}

/**
 * Reads a manifest or index with its links.
 * @throws TeuError `ERR_GRAPH_INVALID`, `ERR_GRAPH_LIMIT`; what {@link readVerified} throws.
 */
export async function readDocument(
  store: BlobReader,
  descriptor: Descriptor,
  options: GraphLimits & CallOptions = {},
): Promise<GraphDocument> {
  const bytes = await readVerified(store, descriptor, { maxBytes: options.maxDocumentBytes, signal: options.signal });
  return { bytes, links: parseLinks(bytes, descriptor) };
}

async function stepsBehind(
  store: BlobReader & Partial<TagResolver>,
  { descriptor: parent, depth, document }: GraphNode,
  options: WalkOptions,
): Promise<Step[]> {
  if (document === undefined) return [];
  const step = (descriptor: Descriptor, link: GraphLink): Step => ({ descriptor, depth: depth + 1, link, parent });
  const { children, subject } = document.links;
  const steps = children.map((child) => step(child, "child"));
  if (options.subjects === true && subject !== undefined) steps.push(step(subject, "subject"));
  if (options.referrers === true) {
    for await (const referrer of listReferrers(store, parent, { signal: options.signal })) {
      steps.push(step(referrer, "referrer"));
    }
  }
  return steps;
}

const DEFAULT_MAX_DEPTH = 10;
const DEFAULT_MAX_NODES = 100_000;

/** Holds a graph to its limits and tells what has been seen. */
export class GraphGuard {
  readonly #maxDepth: number;
  readonly #maxNodes: number;
  readonly #seen = new Set<string>();

  constructor(limits: GraphLimits = {}) {
    this.#maxDepth = limits.maxDepth ?? DEFAULT_MAX_DEPTH;
    this.#maxNodes = limits.maxNodes ?? DEFAULT_MAX_NODES;
  }

  /**
   * Counts content in; answers false if it was counted before.
   * @throws TeuError `ERR_GRAPH_LIMIT`
   */
  enter({ descriptor, depth }: Pick<GraphNode, "descriptor" | "depth">): boolean {
    const key = contentKey(descriptor);
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (depth > this.#maxDepth) throw limit(descriptor, `more than ${this.#maxDepth} links from the root`);
    if (this.#seen.size > this.#maxNodes) throw limit(descriptor, `more than ${this.#maxNodes} contents`);
    return true;
  }
}

/**
 * What makes content the same content. Its digest is not enough: one document might name it as a blob first, to hide
 * what the next one finds behind it as a manifest.
 */
export function contentKey({ digest, mediaType, size }: Descriptor): string {
  return `${digest} ${size} ${hasLinks(mediaType) ? mediaType : ""}`;
}

function limit(descriptor: Descriptor, actual: string): TeuError<ContentErrorCode> {
  const message = `Following the graph at "${descriptor.digest}": ${actual}`;
  return new TeuError("ERR_GRAPH_LIMIT", message, { detail: { descriptor } });
}
