import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Descriptor } from "@teu/spec/descriptor";
import { DOCKER_MANIFEST, DOCKER_MANIFEST_LIST, OCI_INDEX } from "@teu/spec/media-types";
import { assertCode } from "@teu/testing/assert-code";
import { copy } from "../copy.ts";
import { readDocument, walk } from "../graph.ts";
import { MemoryStore } from "../memory-store.ts";
import type { Graph } from "../overlay.ts";
import {
  type SampleGraph,
  putAll,
  sampleDocument,
  sampleImage,
  sampleIndex,
  sampleReferrer,
} from "../testing/samples.ts";
import { readVerified } from "../verified-read.ts";
import { changeContainer } from "./config-edit.ts";
import { convertGraph } from "./convert.ts";
import { imageGraph, openImage } from "./image.ts";
import { addToIndex, assembleIndex, filterIndex, mapIndex } from "./index-edit.ts";

async function graphOf(graph: SampleGraph): Promise<Graph> {
  const store = new MemoryStore();
  await putAll(store, graph);
  return { root: graph.root, store };
}

async function childrenOf({ root, store }: Graph): Promise<readonly Descriptor[]> {
  return (await readDocument(store, root)).links.children;
}

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };
const [ONE, TWO] = [sampleImage("one"), sampleImage("two")];
const NESTED = sampleIndex([[ONE, AMD64], [sampleIndex([[TWO, ARM64]])]]);

suite("editing an index", () => {
  test("changes nothing where nothing is to change", async () => {
    const index = await graphOf(NESTED);
    assert.equal(await filterIndex(index, () => true), index);
    assert.equal(await mapIndex(index, (entry) => entry), index);
  });

  test("takes entries out, and inner indexes that are left empty", async () => {
    const index = await filterIndex(await graphOf(NESTED), ({ digest }) => digest === ONE.root.digest);
    assert.deepEqual(await childrenOf(index), [{ ...ONE.root, platform: AMD64 }]);
    const empty = await filterIndex(index, () => false);
    assert.deepEqual(await childrenOf(empty), []);
  });

  test("replaces entries in indexes within, and keeps what they say", async () => {
    const index = await mapIndex(await graphOf(NESTED), async (entry) =>
      entry.root.digest === TWO.root.digest
        ? imageGraph(changeContainer(await openImage(entry), { user: "x" }))
        : entry,
    );
    const [first, inner] = await childrenOf(index);
    assert.equal(first?.digest, ONE.root.digest);
    assert.ok(inner !== undefined);
    const [changed] = await childrenOf({ root: inner, store: index.store });
    assert.notEqual(changed?.digest, TWO.root.digest);
    assert.deepEqual(changed?.platform, ARM64);
    const target = new MemoryStore();
    await copy(index.store, target, index.root);
    for await (const { descriptor } of walk(target, index.root)) await readVerified(target, descriptor);
  });

  test("that names one inner index often, with other words each time, keeps the words", async () => {
    const inner = sampleIndex([[ONE], [TWO]]);
    const manifests = ["a", "b"].map((note) => ({ ...inner.root, annotations: { note } }));
    const document = sampleDocument(OCI_INDEX, { manifests });
    const index = await graphOf({ root: document.descriptor, content: [...inner.content, document] });
    assert.equal(await filterIndex(index, () => true), index);
    const children = await childrenOf(await filterIndex(index, ({ digest }) => digest === ONE.root.digest));
    assert.deepEqual(
      children.map(({ annotations }) => annotations),
      [{ note: "a" }, { note: "b" }],
    );
    assert.equal(children[0]?.digest, children[1]?.digest);
  });

  test("does not take for ever where indexes name each other many times over", async () => {
    const content = [...ONE.content];
    let root = ONE.root;
    for (let depth = 0; depth < 9; depth += 1) {
      const index = sampleDocument(OCI_INDEX, { depth, manifests: Array.from({ length: 100 }, () => root) });
      content.push(index);
      root = index.descriptor;
    }
    const emptied = await filterIndex(await graphOf({ root, content }), () => false);
    assert.deepEqual(await childrenOf(emptied), []);
  });
});

suite("assembling an index", () => {
  test("puts graphs together, adds to them and replaces them", async () => {
    const [one, two] = [await graphOf(ONE), await graphOf(TWO)];
    const index = assembleIndex([{ ...one, root: { ...one.root, platform: AMD64 } }], { annotations: { a: "b" } });
    assert.equal(index.root.mediaType, OCI_INDEX);
    const both = await addToIndex(index, [{ ...two, root: { ...two.root, platform: ARM64 } }]);
    assert.deepEqual(
      (await childrenOf(both)).map(({ platform }) => platform),
      [AMD64, ARM64],
    );
    const again = await addToIndex(both, [{ ...one, root: { ...one.root, platform: ARM64 } }]);
    assert.deepEqual(
      (await childrenOf(again)).map(({ digest }) => digest),
      [TWO.root.digest, ONE.root.digest],
    );
    const target = new MemoryStore();
    await copy(again.store, target, again.root);
  });
});

suite("converting", () => {
  test("an index to the types of Docker and back changes names only", async () => {
    const graph = await graphOf(NESTED);
    const docker = await convertGraph(graph, "docker");
    assert.equal(docker.root.mediaType, DOCKER_MANIFEST_LIST);
    const types: string[] = [];
    for await (const { descriptor } of walk(docker.store, docker.root)) types.push(descriptor.mediaType);
    assert.ok(
      types.every((type) => type.startsWith("application/vnd.docker.")),
      types.join(),
    );
    const [image] = await childrenOf(docker);
    assert.equal(image?.mediaType, DOCKER_MANIFEST);
    assert.deepEqual(image?.platform, AMD64);
    const back = await convertGraph(docker, "oci");
    assert.equal(back.root.digest, NESTED.root.digest);
  });

  test("an image loses what Docker has no field for", async () => {
    const image = await graphOf(sampleImage("x", { annotations: { a: "b" }, subject: ONE.root }));
    const docker = await convertGraph(image, "docker");
    const bytes = await readVerified(docker.store, docker.root);
    assert.deepEqual(Object.keys(JSON.parse(new TextDecoder().decode(bytes))), [
      "schemaVersion",
      "mediaType",
      "config",
      "layers",
    ]);
  });

  test("artifacts in an index stay, and alone are refused", async () => {
    const artifact = sampleReferrer(ONE.root, "application/vnd.example");
    const index = await graphOf(sampleIndex([[ONE, AMD64], [artifact]]));
    const docker = await convertGraph(index, "docker");
    assert.equal((await childrenOf(docker))[1]?.digest, artifact.root.digest);
    await assertCode(async () => convertGraph(await graphOf(artifact), "docker"), "ERR_IMAGE_INVALID");
  });
});
