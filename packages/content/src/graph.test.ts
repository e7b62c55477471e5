import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_INDEX } from "@teu/spec/media-types";
import { assertCode } from "@teu/testing/assert-code";
import { type WalkOptions, walk } from "./graph.ts";
import type { MemoryStore } from "./memory-store.ts";
import { fallbackTag, listReferrers } from "./referrers.ts";
import type { BlobReader, TagResolver } from "./store.ts";
import {
  nameContent,
  putAll,
  sampleDocument,
  sampleImage,
  sampleIndex,
  sampleReferrer,
  storeOf,
} from "./testing/samples.ts";

/** The same content without the ability to list referrers, as an old registry has it. */
function withoutReferrers(store: MemoryStore): BlobReader & TagResolver {
  return {
    openUnverified: (descriptor, options) => store.openUnverified(descriptor, options),
    has: (descriptor, options) => store.has(descriptor, options),
    resolve: (name, options) => store.resolve(name, options),
    tags: (options) => store.tags(options),
  };
}

async function digestsOf(store: BlobReader, root: Descriptor, options: WalkOptions = {}): Promise<string[]> {
  return (await Array.fromAsync(walk(store, root, options))).map(({ descriptor }) => descriptor.digest);
}

test("a walk visits parents first, children in order, shared content once", async () => {
  const [one, two] = [sampleImage("one"), sampleImage("two", { layerBytes: [1000, 50] })];
  const nested = sampleIndex([[two]]);
  const root = sampleIndex([[one], [nested], [one]]);
  const store = await storeOf(root);
  const nodes = await Array.fromAsync(walk(store, root.root));
  const [layer, config, manifest] = one.content.map(({ descriptor }) => descriptor.digest);
  const [base, top, config2, manifest2] = two.content.map(({ descriptor }) => descriptor.digest);
  assert.deepEqual(
    nodes.map(({ descriptor, depth }) => [descriptor.digest, depth]),
    [
      [root.root.digest, 0],
      [manifest, 1],
      [config, 2],
      [layer, 2],
      [nested.root.digest, 1],
      [manifest2, 2],
      [config2, 3],
      [base, 3],
      [top, 3],
    ].filter(([digest], at, all) => all.findIndex(([other]) => other === digest) === at),
  );
  assert.equal(nodes[0]?.document?.links.role, "index");
  assert.equal(nodes[1]?.parent?.digest, root.root.digest);
});

test("content of unknown types is visited and not opened", async () => {
  const unknown = { mediaType: "application/vnd.example.index+json", digest: `sha256:${"0".repeat(64)}`, size: 5 };
  const index = sampleDocument(OCI_INDEX, { manifests: [unknown] });
  const store = await storeOf({ root: index.descriptor, content: [index] });
  assert.deepEqual(await digestsOf(store, index.descriptor), [index.descriptor.digest, unknown.digest]);
});

test("subjects and referrers are walked on request", async () => {
  const image = sampleImage("image");
  const signature = sampleReferrer(image.root, "application/vnd.example.signature");
  const note = sampleReferrer(signature.root, "application/vnd.example.note");
  const store = await storeOf(image, signature, note);
  assert.equal((await digestsOf(store, image.root)).includes(signature.root.digest), false);
  const all = await digestsOf(store, image.root, { referrers: true });
  assert.ok(all.includes(signature.root.digest) && all.includes(note.root.digest));
  const back = await digestsOf(store, note.root, { subjects: true });
  assert.ok(back.includes(signature.root.digest) && back.includes(image.root.digest));
});

test("a subject that is not there is no error", async () => {
  const signature = sampleReferrer(sampleImage("gone").root, "application/vnd.example.signature");
  const store = await storeOf(signature);
  assert.equal((await digestsOf(store, signature.root, { subjects: true })).length, 2);
});

test("a missing manifest is an error, or a node that says so", async () => {
  const index = sampleIndex([[sampleImage("gone")]]);
  const store = await storeOf({ root: index.root, content: index.content.slice(-1) });
  await assertCode(() => digestsOf(store, index.root), "ERR_BLOB_MISSING");
  const nodes = await Array.fromAsync(walk(store, index.root, { allowMissing: true }));
  assert.deepEqual(
    nodes.map(({ missing }) => missing),
    [undefined, true],
  );
});

test("a graph is limited in depth and number", async () => {
  let graph = sampleImage("deep");
  for (let depth = 0; depth < 9; depth += 1) graph = sampleIndex([[graph]]);
  const store = await storeOf(graph);
  assert.equal((await digestsOf(store, graph.root)).length, 12);
  const deeper = sampleIndex([[graph]]);
  await putAll(store, deeper);
  await assertCode(() => digestsOf(store, deeper.root), "ERR_GRAPH_LIMIT");
  await assertCode(() => digestsOf(store, graph.root, { maxNodes: 11 }), "ERR_GRAPH_LIMIT");
});

test("content named as a blob first is followed where it is named as a manifest", async () => {
  const image = sampleImage("hidden");
  const index = sampleDocument(OCI_INDEX, { manifests: [{ ...image.root, mediaType: "text/plain" }, image.root] });
  const store = await storeOf(image, { root: index.descriptor, content: [index] });
  const config = image.content.at(-2)?.descriptor.digest ?? "";
  assert.ok((await digestsOf(store, index.descriptor)).includes(config));
});

test("referrers are found under the fallback tag, where entries without a type are read", async () => {
  const image = sampleImage("image");
  const typed = sampleReferrer(image.root, "application/vnd.example.one");
  const untyped = sampleReferrer(image.root, "application/vnd.example.two", "two");
  const entries = [{ ...typed.root, artifactType: "application/vnd.example.one" }, untyped.root, untyped.root];
  const index = sampleDocument(OCI_INDEX, { manifests: entries });
  const store = await storeOf(image, typed, untyped, { root: index.descriptor, content: [index] });
  await store.tag(fallbackTag(image.root.digest), index.descriptor);
  const source = withoutReferrers(store);
  const found = await Array.fromAsync(listReferrers(source, image.root));
  assert.deepEqual(
    found.map(({ artifactType }) => artifactType),
    ["application/vnd.example.one", "application/vnd.example.two"],
  );
  assert.deepEqual(found[1]?.annotations, { note: "two" });
  const [only] = await Array.fromAsync(
    listReferrers(source, image.root, { artifactType: "application/vnd.example.two" }),
  );
  assert.equal(only?.digest, untyped.root.digest);
  assert.deepEqual(await Array.fromAsync(listReferrers(source, typed.root)), []);
});

test("a fallback tag has only characters of tags", () => {
  const { descriptor } = nameContent(new Uint8Array(1), "text/plain");
  assert.match(fallbackTag(descriptor.digest), /^sha256-[0-9a-f]{64}$/);
  assert.equal(fallbackTag("a+b.c:x=y" as typeof descriptor.digest), "a-b.c-x-y");
});
