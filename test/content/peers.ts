/**
 * A small real image, and the programs that others make for images.
 * @module
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { walk } from "@teu/content/graph";
import { digestBytes } from "@teu/content/hash";
import { nameBytes, overlay, union, type Graph, type NamedContent } from "@teu/content/overlay";
import type { BlobReader } from "@teu/content/store";
import { openVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from "@teu/spec/media-types";
import { writeTarSync } from "@teu/tar/write-tar";

const run = promisify(execFile);

/** Runs a program of others to its end and gives what it prints. */
export async function peer(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, [...args], { timeout: 120_000, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Copies with skopeo, which is told to trust us. */
export async function skopeoCopy(from: string, to: string, ...options: readonly string[]): Promise<void> {
  await peer("skopeo", "copy", "--quiet", "--insecure-policy", ...options, from, to);
}

/** podman with all of its state in `folder`, so that it leaves the machine alone. */
export async function podman(folder: string, ...args: readonly string[]): Promise<string> {
  const state = ["--root", `${folder}/root`, "--runroot", `${folder}/run`, "--tmpdir", `${folder}/tmp`];
  return await peer("podman", ...state, "--storage-driver", "vfs", ...args);
}

/** buildah with all of its state in `folder`. */
export async function buildah(folder: string, ...args: readonly string[]): Promise<string> {
  const state = ["--root", `${folder}/root`, "--runroot", `${folder}/run`];
  return await peer("buildah", ...state, "--storage-driver", "vfs", ...args);
}

/** An image of two layers, one file in each. */
export function realImage(note = "x"): Graph & { readonly diffIds: readonly string[] } {
  const plain = [layerOf("etc/motd", "hello\n"), layerOf("etc/note", note)];
  const layers = plain.map((bytes) => nameBytes(gzipSync(bytes), { mediaType: OCI_LAYER_GZIP }));
  const diffIds = plain.map((bytes) => digestBytes(bytes));
  const config = json(OCI_CONFIG, {
    created: "2020-01-02T03:04:05Z",
    architecture: "amd64",
    os: "linux",
    config: { Env: ["PATH=/bin"], Cmd: ["/bin/sh"] },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: diffIds.map(() => ({ created: "2020-01-02T03:04:05Z", created_by: "test" })),
  });
  const manifest = json(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { root: manifest.descriptor, store: overlay([...layers, config, manifest], union([])), diffIds };
}

function layerOf(name: string, text: string): Uint8Array {
  const content = Buffer.from(text);
  const folder = { entry: { name: "etc/", type: "directory" } } as const;
  return Buffer.concat([...writeTarSync([folder, { entry: { name, size: content.length }, content }])]);
}

function json(mediaType: string, value: unknown): NamedContent {
  return nameBytes(new TextEncoder().encode(JSON.stringify(value)), { mediaType });
}

/** Asserts that all content of a graph is there and right. */
export async function assertWhole(store: BlobReader, root: Descriptor): Promise<void> {
  for await (const { descriptor } of walk(store, root)) {
    let bytes = 0;
    for await (const chunk of openVerified(store, descriptor)) bytes += chunk.length;
    assert.equal(bytes, descriptor.size);
  }
}
