/**
 * A small image to show things with: teu's own source files in one layer. The same files make the same digest anywhere.
 * @module
 */
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import { digestBytes } from "@teu/content/hash";
import type { BlobIngester, BlobWriter, TagWriter } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { parseDigest } from "@teu/spec/digest";
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST } from "@teu/spec/media-types";
import type { Platform } from "@teu/spec/platform";
import { type NewMember, writeTar } from "@teu/tar/write-tar";

/** A store that a sample can be written to. */
export type SampleTarget = BlobWriter & BlobIngester & TagWriter;

const TAG = "sample";
// The image holds no program, so it is of every platform and of none; this one is as good as another.
const PLATFORM: Platform = { architecture: "amd64", os: "linux" };

/** Writes an image of the files below `folder` to `target`, tagged `sample`, and returns the descriptor of its index. */
export async function writeSample(folder: string, target: SampleTarget): Promise<Descriptor> {
  const diffId = createHash("sha256");
  const layer = await target.ingest(compressed(tee(writeTar(members(folder)), diffId)), { mediaType: OCI_LAYER_GZIP });
  const config = await put(target, OCI_CONFIG, {
    ...PLATFORM,
    config: { Labels: { "org.opencontainers.image.title": "teu's own sources" } },
    rootfs: { type: "layers", diff_ids: [parseDigest(`sha256:${diffId.digest("hex")}`)] },
    history: [{ created_by: "a test" }],
  });
  const manifest = await put(target, OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config,
    layers: [layer],
  });
  const manifests = [{ ...manifest, platform: PLATFORM }];
  const index = await put(target, OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  await target.tag(TAG, index);
  return index;
}

async function put(target: BlobWriter, mediaType: string, document: object): Promise<Descriptor> {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const descriptor = { mediaType, digest: digestBytes(bytes), size: bytes.length };
  await target.put(descriptor, [bytes]);
  return descriptor;
}

async function* tee(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

async function* compressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  const fed = feed(gzip, source);
  yield* gzip as AsyncIterable<Uint8Array>;
  await fed;
}

async function feed(gzip: ReturnType<typeof createGzip>, source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of source) {
    if (!gzip.write(chunk)) await new Promise((resolve) => gzip.once("drain", resolve));
  }
  gzip.end();
}

/** Files and folders below `folder`, in the order of their names, with all that differs between machines left out. */
async function* members(folder: string, prefix = ""): AsyncGenerator<NewMember> {
  const entries = (await readdir(join(folder, prefix), { withFileTypes: true })).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  for (const entry of entries) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) {
      yield { entry: { type: "directory", name: `${path}/`, mode: 0o755 } };
      yield* members(folder, `${path}/`);
    } else if (entry.isFile()) {
      const content = await readFile(join(folder, path));
      yield { entry: { type: "file", name: path, mode: 0o644, size: content.length }, content };
    }
  }
}
