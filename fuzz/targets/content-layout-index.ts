/**
 * The index.json of a layout: whatever is read is written back with the same meaning, and changes touch nothing but what
 * they are about.
 */
import assert from "node:assert/strict";
import {
  type LayoutIndex,
  findEntry,
  formatLayoutIndex,
  namesOf,
  parseLayoutIndex,
  withRoot,
  withTag,
  withoutTag,
} from "@teu/content/layout-index";
import { EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_LAYOUT_INVALID");

export const target: FuzzTarget = {
  name: "content-layout-index",
  *seeds() {
    for (const seed of SEEDS) yield new TextEncoder().encode(JSON.stringify(seed));
  },
  run(input) {
    const index = accepted(() => parseLayoutIndex(input, "index.json"));
    if (index === undefined) return;
    // Compared as text: a negative zero, or a whole number written with an exponent, comes back in another form.
    const written = formatLayoutIndex(index);
    assert.deepEqual(formatLayoutIndex(parseLayoutIndex(written, "again")), written);
    for (const name of namesOf(index)) assert.equal(findEntry(index, name)?.name, name);
    checkTag(index, "fuzz");
  },
};

function checkTag(index: LayoutIndex, name: string): void {
  const tagged = withTag(index, name, EMPTY_DESCRIPTOR);
  assert.equal(findEntry(tagged, name)?.descriptor.digest, EMPTY_DESCRIPTOR.digest);
  assert.deepEqual(new Set(namesOf(tagged)), new Set([...namesOf(index), name]));
  assert.deepEqual(
    namesOf(withoutTag(tagged, name)),
    namesOf(index).filter((each) => each !== name),
  );
  assert.equal(withRoot(tagged, EMPTY_DESCRIPTOR), tagged);
  assert.deepEqual(tagged.fields, index.fields);
  assert.deepEqual(namesOf(parseLayoutIndex(formatLayoutIndex(tagged), "again")), namesOf(tagged));
}

const ENTRY = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 7143,
  annotations: { "org.opencontainers.image.ref.name": "v1", "io.containerd.image.name": "docker.io/library/x:v1" },
};

const SEEDS = [
  { schemaVersion: 2, manifests: [ENTRY, { ...ENTRY, platform: { os: "linux", architecture: "arm" } }] },
  { manifests: [{ ...ENTRY, annotations: {} }], mediaType: null, extra: [1e300, { __proto__: 1 }] },
  { schemaVersion: 2, manifests: null },
];
