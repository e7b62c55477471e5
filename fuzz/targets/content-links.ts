/** The links of manifests and indexes: at most one kind of document accepts some bytes, and every link is a descriptor. */
import assert from "node:assert/strict";
import { type Links, OCI_ARTIFACT_MANIFEST, parseLinks } from "@teu/content/links";
import { type Descriptor, EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { isDigest } from "@teu/spec/digest";
import { OCI_INDEX, OCI_MANIFEST } from "@teu/spec/media-types";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_GRAPH_INVALID", "ERR_GRAPH_LIMIT");

export const target: FuzzTarget = {
  name: "content-links",
  *seeds() {
    for (const seed of SEEDS) yield new TextEncoder().encode(JSON.stringify(seed));
  },
  run(input) {
    const asManifest = read(input, OCI_MANIFEST);
    const asIndex = read(input, OCI_INDEX);
    const asArtifact = read(input, OCI_ARTIFACT_MANIFEST);
    for (const links of [asManifest, asIndex, asArtifact]) links?.children.forEach(check);
    assert.ok((asManifest?.children.length ?? 0) === 0 || (asIndex?.children.length ?? 0) === 0);
  },
};

function check(link: Descriptor): void {
  assert.equal(typeof link.mediaType, "string");
  assert.ok(isDigest(link.digest));
  assert.ok(Number.isSafeInteger(link.size) && link.size >= 0);
  for (const value of Object.values(link.annotations ?? {})) assert.equal(typeof value, "string");
  if (link.platform !== undefined) assert.equal(typeof link.platform.os, "string");
}

function read(input: Uint8Array, mediaType: string): Links | undefined {
  return accepted(() => parseLinks(input, { ...EMPTY_DESCRIPTOR, mediaType }));
}

const A = { mediaType: "text/plain", digest: `sha256:${"a".repeat(64)}`, size: 12 };

const SEEDS = [
  {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: A,
    layers: [A, { ...A, urls: ["https://x.example"] }],
    subject: A,
  },
  { schemaVersion: 2, manifests: [{ ...A, platform: { os: "linux", architecture: "arm", "os.features": ["x"] } }] },
  { mediaType: OCI_ARTIFACT_MANIFEST, artifactType: "a/b", blobs: [A], annotations: { a: "b" } },
  { config: { ...A, data: "e30=" }, layers: [], annotations: null, subject: null },
];
