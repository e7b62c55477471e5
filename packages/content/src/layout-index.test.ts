import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_INDEX, OCI_MANIFEST } from "@teu/spec/media-types";
import { assertCode } from "@teu/testing/assert-code";
import {
  EMPTY_LAYOUT_INDEX,
  type LayoutIndex,
  findEntry,
  formatLayoutIndex,
  namesOf,
  parseLayoutIndex,
  withRoot,
  withTag,
  withoutTag,
} from "./layout-index.ts";

const REF_NAME = "org.opencontainers.image.ref.name";
const A = { mediaType: OCI_MANIFEST, digest: `sha256:${"a".repeat(64)}`, size: 1 } as Descriptor;
const B = { mediaType: OCI_MANIFEST, digest: `sha256:${"b".repeat(64)}`, size: 2 } as Descriptor;

function read(value: unknown): LayoutIndex {
  return parseLayoutIndex(new TextEncoder().encode(JSON.stringify(value)), "index.json");
}

function written(index: LayoutIndex): unknown {
  return JSON.parse(new TextDecoder().decode(formatLayoutIndex(index)));
}

const named = (descriptor: Descriptor, name: string): object => ({ ...descriptor, annotations: { [REF_NAME]: name } });

suite("index.json", () => {
  test("a new one is an index without entries", () => {
    assert.deepEqual(written(EMPTY_LAYOUT_INDEX), { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
  });

  test("fields and annotations of others stay", () => {
    const value = {
      schemaVersion: 2,
      manifests: [
        { ...A, annotations: { "io.containerd.image.name": "x", [REF_NAME]: "a" }, extra: [1] },
        { ...B, platform: { os: "linux", architecture: "arm" } },
      ],
      annotations: { note: "n" },
      extra: { big: 12 },
    };
    assert.deepEqual(written(read(value)), { ...value });
    const tagged = written(withTag(read(value), "a", A)) as typeof value;
    assert.deepEqual(tagged.extra, value.extra);
    assert.deepEqual(tagged.manifests[1], value.manifests[0]);
    const moved = written(withTag(read(value), "b", B)) as typeof value;
    assert.deepEqual(moved.manifests[1], { ...value.manifests[1], annotations: { [REF_NAME]: "b" } });
  });

  test("neither media type nor entries need be there", () => {
    assert.deepEqual(read({}).entries, []);
    assert.deepEqual(read({ manifests: null }).entries, []);
  });

  test("of two entries with one name the last counts, and tagging leaves one", () => {
    const index = read({ manifests: [named(A, "v1"), named(B, "v1"), named(A, "v2")] });
    assert.equal(findEntry(index, "v1")?.descriptor.digest, B.digest);
    assert.deepEqual(namesOf(index), ["v1", "v2"]);
    const tagged = withTag(index, "v1", A);
    assert.deepEqual(
      tagged.entries.map(({ name, descriptor }) => [name, descriptor.digest]),
      [
        ["v2", A.digest],
        ["v1", A.digest],
      ],
    );
    assert.deepEqual(namesOf(withoutTag(index, "v1")), ["v2"]);
  });

  test("a name of the place that a descriptor comes from does not come along", () => {
    const from = read({ manifests: [named(A, "old")] }).entries[0]?.descriptor;
    assert.deepEqual(from, A);
    const tagged = withTag(EMPTY_LAYOUT_INDEX, "new", named(A, "old") as Descriptor);
    assert.deepEqual(namesOf(tagged), ["new"]);
  });

  test("a root is kept once, and gives its place to a name", () => {
    const kept = withRoot(withRoot(EMPTY_LAYOUT_INDEX, A), A);
    assert.equal(kept.entries.length, 1);
    const tagged = withTag(kept, "v1", A);
    assert.deepEqual(
      tagged.entries.map(({ name }) => name),
      ["v1"],
    );
    assert.equal(withTag(tagged, "v2", A).entries.length, 2);
    assert.equal(withRoot(tagged, A), tagged);
  });

  test("an entry is found by its digest", () => {
    const index = read({ manifests: [named(A, "v1"), B] });
    assert.equal(findEntry(index, B.digest)?.descriptor.size, 2);
    assert.equal(findEntry(index, "v3"), undefined);
  });

  test("what is no index is refused", () => {
    for (const wrong of [[], { manifests: {} }, { manifests: [{}] }, { manifests: [{ ...A, digest: "../../x" }] }]) {
      assertCode(() => read(wrong), "ERR_LAYOUT_INVALID");
    }
    assertCode(() => parseLayoutIndex(new TextEncoder().encode("{"), "index.json"), "ERR_LAYOUT_INVALID");
  });

  test("a name is printable and no digest", () => {
    for (const wrong of ["", "a\nb", A.digest]) {
      assertCode(() => withTag(EMPTY_LAYOUT_INDEX, wrong, A), "ERR_TAG_INVALID");
    }
    assert.deepEqual(namesOf(withTag(EMPTY_LAYOUT_INDEX, "docker.io/library/busybox:test", A)), [
      "docker.io/library/busybox:test",
    ]);
  });
});
