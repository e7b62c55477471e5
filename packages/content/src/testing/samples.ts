/**
 * Content and small graphs for tests, the same each time.
 * @module
 */
import { type Descriptor, EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from "@teu/spec/media-types";
import type { Platform } from "@teu/spec/platform";
import { walk } from "../graph.ts";
import { digestBytes } from "../hash.ts";
import { MemoryStore } from "../memory-store.ts";
import type { BlobWriter, Source } from "../store.ts";
import { readVerified } from "../verified-read.ts";

/** Content and what names it. */
export interface Sample {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A graph, and all of its content with children before parents. */
export interface SampleGraph {
  readonly root: Descriptor;
  readonly content: readonly Sample[];
}

/** Content of `length` bytes that does not repeat soon; another `seed` gives other bytes. */
export function sampleOf(length: number, seed = 1, mediaType: string = OCI_LAYER): Sample {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return nameContent(bytes, mediaType);
}

/** Names content. */
export function nameContent(bytes: Uint8Array<ArrayBuffer>, mediaType: string): Sample {
  return { descriptor: { mediaType, digest: digestBytes(bytes), size: bytes.length }, bytes };
}

/** A document as content. */
export function sampleDocument(mediaType: string, fields: object): Sample {
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  return nameContent(bytes, mediaType);
}

/** What a sample image is made of. */
export interface SampleImageOptions {
  /** Sizes of its layers in bytes, whose bytes are no archives. Default: one of 1000. */
  readonly layerBytes?: readonly number[];
  readonly platform?: Platform;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image whose config holds `name`, so that other names give other images. */
export function sampleImage(name: string, options: SampleImageOptions = {}): SampleGraph {
  const { layerBytes = [1000], platform = { architecture: "amd64", os: "linux" }, subject, annotations } = options;
  const layers = layerBytes.map((length, at) => sampleOf(length, name.length + 7 * at + 1));
  const diffIds = layers.map(({ descriptor }) => descriptor.digest);
  const config = nameContent(
    new TextEncoder().encode(
      JSON.stringify({ ...platform, config: { Labels: { name } }, rootfs: { type: "layers", diff_ids: diffIds } }),
    ),
    OCI_CONFIG,
  );
  const manifest = sampleDocument(OCI_MANIFEST, {
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    subject,
    annotations,
  });
  return { root: manifest.descriptor, content: [...layers, config, manifest] };
}

/** An index of graphs; each entry carries the platform that stands beside it. */
export function sampleIndex(entries: readonly (readonly [SampleGraph, Platform?])[]): SampleGraph {
  const manifests = entries.map(([{ root }, platform]) => ({
    ...root,
    ...(platform === undefined ? {} : { platform }),
  }));
  const index = sampleDocument(OCI_INDEX, { manifests });
  return { root: index.descriptor, content: [...entries.flatMap(([graph]) => graph.content), index] };
}

/** An artifact without content of its own that refers to `subject`. */
export function sampleReferrer(subject: Descriptor, artifactType: string, note = ""): SampleGraph {
  const empty: Sample = { descriptor: EMPTY_DESCRIPTOR, bytes: new TextEncoder().encode("{}") };
  const { mediaType, digest, size } = subject;
  const manifest = sampleDocument(OCI_MANIFEST, {
    artifactType,
    config: EMPTY_DESCRIPTOR,
    layers: [EMPTY_DESCRIPTOR],
    subject: { mediaType, digest, size },
    annotations: { note },
  });
  return { root: manifest.descriptor, content: [empty, manifest] };
}

/** Puts all content of a graph, children first. */
export async function putAll(store: BlobWriter, graph: SampleGraph): Promise<void> {
  for (const { descriptor, bytes } of graph.content) await store.put(descriptor, [bytes]);
}

/** A store in memory that has all content of `graphs`. */
export async function storeOf(...graphs: readonly SampleGraph[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const graph of graphs) await putAll(store, graph);
  return store;
}

/** Reads all content below `root`. @throws TeuError `ERR_BLOB_MISSING`, `ERR_BLOB_SIZE`, `ERR_BLOB_DIGEST` */
export async function assertComplete(store: Source, root: Descriptor): Promise<void> {
  for await (const { descriptor } of walk(store, root)) await readVerified(store, descriptor);
}

/** `bytes` in chunks of `chunkBytes`. */
export async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
}

/** The code of the error that `promise` is rejected with; nothing if it is fulfilled. */
export async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
