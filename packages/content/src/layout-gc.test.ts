import assert from "node:assert/strict";
import { readdir, utimes } from "node:fs/promises";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openLayout } from "@teu/content/layout-store";
import { blobPath } from "@teu/spec/image/layout";
import { OCI_INDEX } from "@teu/spec/media-types";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { copy } from "./copy.ts";
import { collectGarbage } from "./layout-gc.ts";
import { MemoryStore } from "./memory-store.ts";
import {
  chunksOf,
  nameContent,
  putAll,
  sampleDocument,
  sampleImage,
  sampleIndex,
  sampleOf,
  sampleReferrer,
} from "./testing/samples.ts";

const FAST = { create: true, durable: false } as const;
const NOW = { graceMs: -1 } as const;

suite("garbage of a layout", () => {
  test("is what no name leads to", async () => {
    await using dir = await tempDir();
    await using store = await openLayout(dir.path, FAST);
    const [named, kept, loose] = [
      sampleImage("named"),
      sampleImage("kept"),
      sampleImage("loose", { layerBytes: [77] }),
    ];
    const index = sampleIndex([[sampleIndex([[named]])]]);
    for (const graph of [index, kept, loose]) await putAll(store, graph);
    await store.tag("v1", index.root);
    await store.keep(kept.root);
    const { removed } = await collectGarbage(store, { ...NOW, dryRun: true });
    const expected = loose.content.map(({ descriptor }) => descriptor.digest).sort();
    assert.deepEqual(removed.map(({ digest }) => digest).sort(), expected);
    assert.equal(await store.has(loose.root), true);
    await collectGarbage(store, NOW);
    assert.equal(await store.has(loose.root), false);
    for (const { descriptor } of [...index.content, ...kept.content]) assert.equal(await store.has(descriptor), true);
    assert.deepEqual((await collectGarbage(store, NOW)).removed, []);
  });

  test("is not what is young, or was used again lately", async () => {
    await using dir = await tempDir();
    await using store = await openLayout(dir.path, FAST);
    const [old, again] = [sampleOf(10), sampleOf(20)];
    for (const { descriptor, bytes } of [old, again]) {
      await store.put(descriptor, [bytes]);
      await utimes(dir.join(blobPath(descriptor.digest)), 1, 1);
    }
    await store.put(again.descriptor, [again.bytes]);
    const { removed, kept } = await collectGarbage(store);
    assert.deepEqual(
      removed.map(({ digest }) => digest),
      [old.descriptor.digest],
    );
    assert.equal(kept, 1);
  });

  test("is neither a subject nor a referrer that was copied along", async () => {
    await using dir = await tempDir();
    await using store = await openLayout(dir.path, FAST);
    const image = sampleImage("image");
    const signature = sampleReferrer(image.root, "application/vnd.example.signature");
    const source = new MemoryStore();
    for (const graph of [image, signature]) await putAll(source, graph);
    await copy(source, store, image.root, { tags: ["v1"], referrers: true });
    await store.untag("v1");
    assert.deepEqual((await collectGarbage(store, NOW)).removed, []);
    assert.equal((await Array.fromAsync(store.referrers(image.root))).length, 1);
  });

  test("is not what a document of an unknown type mentions", async () => {
    await using dir = await tempDir();
    await using store = await openLayout(dir.path, FAST);
    const leaf = sampleOf(100);
    const inner = nameContent(new TextEncoder().encode(`[{"of":"${leaf.descriptor.digest}"}]`), "application/vnd.x");
    const outer = sampleDocument("application/vnd.example.tree+json", { parts: { a: inner.descriptor } });
    for (const { descriptor, bytes } of [leaf, inner, outer]) await store.put(descriptor, [bytes]);
    await store.tag("tree", outer.descriptor);
    assert.deepEqual((await collectGarbage(store, NOW)).removed, []);
  });

  test("is nothing while a manifest in use cannot be read", async () => {
    await using dir = await tempDir();
    await using store = await openLayout(dir.path, FAST);
    const broken = nameContent(new TextEncoder().encode("{"), OCI_INDEX);
    const loose = sampleOf(10);
    for (const { descriptor, bytes } of [broken, loose]) await store.put(descriptor, [bytes]);
    await store.tag("v1", broken.descriptor);
    await assertCode(() => collectGarbage(store, NOW), "ERR_GRAPH_INVALID");
    assert.equal(await store.has(loose.descriptor), true);
  });

  test("may lack content: what is missing is no hindrance", async () => {
    await using dir = await tempDir();
    await using store = await openLayout(dir.path, FAST);
    const index = sampleIndex([[sampleImage("gone")]]);
    const [document] = index.content.slice(-1);
    assert.ok(document !== undefined);
    await store.put(document.descriptor, [document.bytes]);
    await store.tag("sparse", document.descriptor);
    assert.deepEqual((await collectGarbage(store, NOW)).removed, []);
  });
});

suite("collecting garbage beside writers", () => {
  test("waits for leases, and gives up after a while", async () => {
    await using dir = await tempDir();
    await using store = await openLayout(dir.path, FAST);
    const { descriptor, bytes } = sampleOf(10);
    {
      await using _lease = await store.lease();
      await store.put(descriptor, [bytes]);
      await assertCode(() => collectGarbage(store, { ...NOW, waitMs: 20 }), "ERR_LAYOUT_BUSY");
      assert.equal(await store.has(descriptor), true);
    }
    assert.equal((await collectGarbage(store, NOW)).removed.length, 1);
  });

  test("leaves whole what copies bring meanwhile", async () => {
    await using dir = await tempDir();
    const images = Array.from({ length: 12 }, (_, at) => sampleImage(`image ${at}`, { layerBytes: [500, 600 + at] }));
    const source = new MemoryStore();
    for (const image of images) await putAll(source, image);
    const stop = new AbortController();
    const collecting = (async () => {
      const store = await openLayout(dir.path, FAST);
      while (!stop.signal.aborted) {
        await collectGarbage(store, NOW);
        // Locks are no queue: without a rest the writers would wait for luck.
        await sleep(5);
      }
    })();
    const target = await openLayout(dir.path, FAST);
    await Promise.all(images.map((image, at) => copy(source, target, image.root, { tags: [`t${at}`] })));
    stop.abort();
    await collecting;
    for (const { content } of images) {
      for (const { descriptor } of content) assert.equal(await target.has(descriptor), true);
    }
  });

  test("removes old parts and what killed writers left", async () => {
    await using dir = await tempDir();
    const { descriptor, bytes } = sampleOf(2_000_000);
    {
      await using store = await openLayout(dir.path, FAST);
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield* chunksOf(bytes.subarray(0, 1_500_000), 100_000);
        throw new Error("the line went dead");
      };
      await assert.rejects(store.put(descriptor, broken()));
    }
    await dir.write(".teu/tmp/.teu-tmp-left", "x");
    await using store = await openLayout(dir.path, FAST);
    assert.equal((await collectGarbage(store)).partBytes, 0);
    assert.deepEqual((await readdir(dir.join(".teu"))).sort(), ["index.lock", "parts", "use.lock"]);
    assert.ok((await collectGarbage(store, { partGraceMs: -1 })).partBytes >= 1_000_000);
    assert.equal(await store.partialBytes(descriptor), 0);
  });
});
