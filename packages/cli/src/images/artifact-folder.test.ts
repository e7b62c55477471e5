import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { compress } from "@teu/content/compress";
import { digestBytes } from "@teu/content/hash";
import { MemoryStore } from "@teu/content/memory-store";
import type { Descriptor } from "@teu/spec/descriptor";
import { concatBytes } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { writeTar } from "@teu/tar/write-tar";
import { packFolder, writeFolder } from "./artifact-folder.ts";

suite("folders in artifacts", () => {
  test("come back, and are the same layer again", async () => {
    await using dir = await tempDir();
    const store = new MemoryStore();
    await dir.write("in/a/deep.txt", "deep");
    const layer = await packFolder(store, dir.join("in"), { title: "in" });
    await dir.write("in/a/deep.txt", "deep");
    assert.deepEqual(await packFolder(store, dir.join("in"), { title: "in" }), layer);
    await writeFolder(store, layer, { path: dir.join("out"), title: "in" });
    assert.equal(await readFile(dir.join("out/a/deep.txt"), "utf8"), "deep");
  });

  for (const compression of ["gzip", "zstd"] as const)
    test(`are refused when the archive is another than the annotation says: ${compression}`, async () => {
      await using dir = await tempDir();
      const store = new MemoryStore();
      const layer = await emptyFolder(store, compression);
      await writeFolder(store, layer, { path: dir.join("out"), title: "in" });
      const annotations = { ...layer.annotations, "io.deis.oras.content.digest": digestBytes(new Uint8Array()) };
      const place = { path: dir.join("other"), title: "in" };
      await assertCode(() => writeFolder(store, { ...layer, annotations }, place), "ERR_BLOB_DIGEST");
      assert.deepEqual(await readdir(dir.path), ["out"]);
    });
});

async function emptyFolder(store: MemoryStore, compression: "gzip" | "zstd"): Promise<Descriptor> {
  const plain = writeTar([{ entry: { name: "in/", type: "directory" } }]);
  const bytes = concatBytes(await Array.fromAsync(compress(plain, compression)));
  const annotations = { "io.deis.oras.content.unpack": "true" };
  const layer = {
    mediaType: `application/x+${compression}`,
    digest: digestBytes(bytes),
    size: bytes.length,
    annotations,
  };
  await store.put(layer, [bytes]);
  return layer;
}
