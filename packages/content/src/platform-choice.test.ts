import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { copy } from "./copy.ts";
import { readDocument } from "./graph.ts";
import { MemoryStore } from "./memory-store.ts";
import {
  type SampleGraph,
  sampleDocument,
  sampleImage,
  sampleIndex,
  storeOf,
  assertComplete,
} from "./testing/samples.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };
const WINDOWS = { os: "windows", architecture: "amd64" };

function platforms(): { readonly index: SampleGraph; readonly amd64: SampleGraph; readonly arm64: SampleGraph } {
  const [amd64, arm64] = [sampleImage("amd64"), sampleImage("arm64", { layerBytes: [2000] })];
  return { index: sampleIndex([[amd64, AMD64], [sampleIndex([[arm64, ARM64]])]]), amd64, arm64 };
}

suite("copy() of some platforms", () => {
  test("one platform: its manifest becomes the root", async () => {
    const { index, arm64 } = platforms();
    const target = new MemoryStore();
    const root = await copy(await storeOf(index), target, index.root, { platform: ARM64 });
    assert.equal(root.digest, arm64.root.digest);
    assert.equal(await target.has(index.root), false);
    await assertComplete(target, root);
  });

  test("several platforms: a new index with what they need", async () => {
    const { index, amd64, arm64 } = platforms();
    const target = new MemoryStore();
    const root = await copy(await storeOf(index), target, index.root, { platforms: [AMD64], tags: ["v1"] });
    assert.notEqual(root.digest, index.root.digest);
    const { links } = await readDocument(target, root);
    assert.deepEqual(links.children, [{ ...amd64.root, platform: AMD64 }]);
    assert.equal(await target.has(arm64.root), false);
    assert.deepEqual(await target.resolve("v1"), root);
    const all = await copy(await storeOf(index), new MemoryStore(), index.root, { platforms: [AMD64, ARM64] });
    assert.equal(all, index.root);
  });

  test("sparse: the same index without what others need", async () => {
    const { index, amd64, arm64 } = platforms();
    const target = new MemoryStore();
    const root = await copy(await storeOf(index), target, index.root, { platforms: [AMD64], sparse: true });
    assert.equal(root, index.root);
    assert.equal(await target.has(amd64.root), true);
    assert.equal(await target.has(arm64.root), false);
  });
});

suite("choosing manifests", () => {
  test("attestations stay with their manifest", async () => {
    const [amd64, arm64, proof] = [sampleImage("amd64"), sampleImage("arm64"), sampleImage("proof")];
    const unknown = { os: "unknown", architecture: "unknown" };
    const annotations = { "vnd.docker.reference.digest": arm64.root.digest };
    const { descriptor, bytes } = sampleDocument("application/vnd.oci.image.index.v1+json", {
      manifests: [
        { ...amd64.root, platform: AMD64 },
        { ...arm64.root, platform: ARM64 },
        { ...proof.root, platform: unknown, annotations },
      ],
    });
    const source = await storeOf(amd64, arm64, proof, { root: descriptor, content: [{ descriptor, bytes }] });
    const target = new MemoryStore();
    await copy(source, target, descriptor, { platforms: [ARM64] });
    assert.deepEqual(
      [await target.has(amd64.root), await target.has(arm64.root), await target.has(proof.root)],
      [false, true, true],
    );
  });

  test("entries without a platform are judged by their config", async () => {
    const [amd64, arm64] = [sampleImage("amd64", { platform: AMD64 }), sampleImage("arm64", { platform: ARM64 })];
    const index = sampleIndex([[amd64], [arm64]]);
    const root = await copy(await storeOf(index), new MemoryStore(), index.root, { platform: ARM64 });
    assert.equal(root.digest, arm64.root.digest);
  });

  test("a platform that is not there is an error that names those that are", async () => {
    const { index } = platforms();
    const source = await storeOf(index);
    const error = await assertCode(
      () => copy(source, new MemoryStore(), index.root, { platform: WINDOWS }),
      "ERR_PLATFORM_MISSING",
    );
    assert.deepEqual(error.detail, { available: ["linux/amd64", "linux/arm64"] });
  });
});
