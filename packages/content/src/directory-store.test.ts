import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { copy } from "./copy.ts";
import { openDirectory } from "./directory-store.ts";
import { walk } from "./graph.ts";
import { MemoryStore } from "./memory-store.ts";
import { putAll, sampleImage, sampleIndex, sampleReferrer } from "./testing/samples.ts";
import { testStore } from "./testing/store-contract.ts";
import { readVerified } from "./verified-read.ts";

const FAST = { create: true, durable: false } as const;

suite("a folder of dir:", () =>
  testStore({
    hasTags: false,
    open: async () => {
      const dir = await tempDir();
      return { store: await openDirectory(dir.join("image"), FAST), close: () => dir[Symbol.asyncDispose]() };
    },
  }),
);

suite("files of dir:", () => {
  test("are named as skopeo names them", async () => {
    await using dir = await tempDir();
    const [one, two] = [sampleImage("one"), sampleImage("two", { layerBytes: [50] })];
    const index = sampleIndex([[one], [two]]);
    const source = new MemoryStore();
    await putAll(source, index);
    const store = await openDirectory(dir.path, FAST);
    await copy(source, store, index.root);
    const expected = index.content.map(({ descriptor: { digest, mediaType } }) =>
      digest.slice(7).concat(mediaType.includes("manifest") ? ".manifest.json" : ""),
    );
    const files = [...expected.slice(0, -1), "manifest.json", "version"];
    assert.deepEqual((await readdir(dir.path)).sort(), files.sort());
    assert.equal(await readFile(dir.join("version"), "utf8"), "Directory Transport Version: 1.1\n");
    const again = await openDirectory(dir.path);
    const [root] = await Array.fromAsync(again.roots());
    assert.deepEqual(root, { name: undefined, descriptor: index.root });
    for await (const { descriptor } of walk(again, index.root)) await readVerified(again, descriptor);
  });

  test("hold one image, whatever comes along with it", async () => {
    await using dir = await tempDir();
    const image = sampleImage("image");
    const signature = sampleReferrer(image.root, "application/vnd.example.signature");
    const source = new MemoryStore();
    for (const graph of [image, signature]) await putAll(source, graph);
    const store = await openDirectory(dir.path, FAST);
    await copy(source, store, image.root, { referrers: true });
    assert.deepEqual(
      (await Array.fromAsync(store.roots())).map(({ descriptor }) => descriptor),
      [image.root],
    );
    assert.equal(await store.has(signature.root), true);
  });

  test("must be there, and take no names", async () => {
    await using dir = await tempDir();
    await assertCode(() => openDirectory(dir.path), "ERR_LAYOUT_MISSING");
    const store = await openDirectory(dir.path, FAST);
    await assertCode(() => store.tag("v1", sampleImage("x").root), "ERR_TAG_INVALID");
  });
});
