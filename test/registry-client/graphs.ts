/**
 * Graphs of every kind that registries keep, for tests: small, and the same each time.
 * @module
 */
import { gzipSync } from "node:zlib";
import { digestBytes } from "@teu/content/hash";
import { openLayout } from "@teu/content/layout-store";
import {
  type Sample,
  type SampleGraph,
  nameContent,
  putAll,
  sampleDocument,
  sampleImage,
  sampleIndex,
  sampleOf,
} from "@teu/content/testing/samples";
import { readVerified } from "@teu/content/verified-read";
import { type Descriptor, EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import {
  DOCKER_FOREIGN_LAYER_GZIP,
  OCI_CONFIG,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from "@teu/spec/media-types";
import { collect } from "@teu/std/streams";
import { writeTar } from "@teu/tar/write-tar";

const AMD64 = { architecture: "amd64", os: "linux" };
const ARM64 = { architecture: "arm64", os: "linux" };
const EMPTY: Sample = { descriptor: EMPTY_DESCRIPTOR, bytes: new TextEncoder().encode("{}") };

/** By tag. */
export const GRAPHS: Readonly<Record<string, SampleGraph>> = {
  image: sampleImage("plain", { layerBytes: [3_000_000, 100] }),
  index: sampleIndex([
    [sampleImage("amd64", { layerBytes: [2000] }), AMD64],
    [sampleImage("arm64v8", { layerBytes: [3000], platform: ARM64 }), ARM64],
  ]),
  nested: sampleIndex([
    [sampleIndex([[sampleImage("inner"), AMD64]])],
    [sampleImage("outer", { platform: ARM64 }), ARM64],
  ]),
  zstd: withLayer(sampleOf(5000, 9, OCI_LAYER_ZSTD)),
  artifact: artifact(),
};

function withLayer(layer: Sample): SampleGraph {
  const [, config] = sampleImage("one layer").content;
  if (config === undefined) throw new Error("an image without config");
  const manifest = sampleDocument(OCI_MANIFEST, { config: config.descriptor, layers: [layer.descriptor] });
  return { root: manifest.descriptor, content: [layer, config, manifest] };
}

function artifact(): SampleGraph {
  const file = sampleOf(300, 4, "text/plain");
  const fields = { artifactType: "application/vnd.example", config: EMPTY_DESCRIPTOR, layers: [file.descriptor] };
  const manifest = sampleDocument(OCI_MANIFEST, fields);
  return { root: manifest.descriptor, content: [file, EMPTY, manifest] };
}

/** An image of Docker's with a layer that may not be distributed, and is not there. */
export function foreignImage(): SampleGraph {
  const layer = { ...sampleOf(100, 3, DOCKER_FOREIGN_LAYER_GZIP).descriptor, urls: ["https://example.com/layer"] };
  const [, config] = sampleImage("foreign").content;
  if (config === undefined) throw new Error("an image without config");
  const manifest = sampleDocument("application/vnd.docker.distribution.manifest.v2+json", {
    config: { ...config.descriptor, mediaType: "application/vnd.docker.container.image.v1+json" },
    layers: [layer],
  });
  return { root: manifest.descriptor, content: [config, manifest] };
}

/** An image that engines take: its layer is an archive. */
export async function realImage(): Promise<SampleGraph> {
  const content = new TextEncoder().encode("hello\n");
  const entry = { type: "file", name: "hello", mode: 0o644, size: content.length } as const;
  const archive = await collect(writeTar([{ entry, content }]), { maxBytes: 1_000_000 });
  const layer = nameContent(new Uint8Array(gzipSync(archive)), OCI_LAYER_GZIP);
  const rootfs = { type: "layers", diff_ids: [digestBytes(archive)] };
  const text = JSON.stringify({ ...AMD64, config: { Cmd: ["/hello"] }, rootfs });
  const config = nameContent(new TextEncoder().encode(text), OCI_CONFIG);
  const manifest = sampleDocument(OCI_MANIFEST, { config: config.descriptor, layers: [layer.descriptor] });
  return { root: manifest.descriptor, content: [layer, config, manifest] };
}

/** Writes graphs into the layout at `path`, under their tags. */
export async function writeLayout(path: string, graphs: Readonly<Record<string, SampleGraph>>): Promise<void> {
  const layout = await openLayout(path, { create: true, durable: false });
  for (const [tag, graph] of Object.entries(graphs)) {
    await putAll(layout, graph);
    await layout.tag(tag, graph.root);
  }
}

/** What of a graph is not in the layout at `path`, or is there as something else. */
export async function differences(path: string, graph: SampleGraph, tag?: string): Promise<string[]> {
  const layout = await openLayout(path);
  const found: string[] = [];
  const root = await rootOf(layout, tag);
  if (root?.digest !== graph.root.digest) found.push(`the root is ${root?.digest}, expected ${graph.root.digest}`);
  for (const { descriptor, bytes } of graph.content) {
    const stored = await readVerified(layout, descriptor, { maxBytes: bytes.length }).catch(String);
    if (typeof stored === "string") found.push(stored);
  }
  return found;
}

async function rootOf(layout: Awaited<ReturnType<typeof openLayout>>, tag?: string): Promise<Descriptor | undefined> {
  if (tag !== undefined) return await layout.resolve(tag);
  const [root] = await Array.fromAsync(layout.roots());
  return root?.descriptor;
}
