/**
 * Annotations of any manifest or index changed, that of an artifact too.
 * @module
 */
import { readDocument } from "../graph.ts";
import { type Graph, nameBytes, overlay } from "../overlay.ts";
import type { CallOptions } from "../store.ts";
import { type Changes, changeAnnotations } from "./config-edit.ts";
import { readObject, writeObject } from "./document.ts";

/**
 * The graph with annotations of its root changed; null takes one away.
 * @throws TeuError what reading the root throws.
 */
export async function annotate(graph: Graph, changes: Changes<string>, options: CallOptions = {}): Promise<Graph> {
  const { root, store } = graph;
  const { bytes } = await readDocument(store, root, options);
  const document = readObject(bytes, `document "${root.digest}"`);
  const content = nameBytes(writeObject(changeAnnotations(document, changes)), root);
  return { root: content.descriptor, store: overlay([content], store) };
}
