import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type ArchiveWriter, createArchive } from "@teu/content/archive-writer";
import { openArchive } from "@teu/content/archive-store";
import { writeTarSync } from "@teu/tar/write-tar";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { copy } from "./copy.ts";
import { walk } from "./graph.ts";
import { MemoryStore } from "./memory-store.ts";
import { type SampleGraph, chunksOf, putAll, sampleImage, sampleIndex, sampleReferrer } from "./testing/samples.ts";
import { testStore } from "./testing/store-contract.ts";
import { readVerified } from "./verified-read.ts";

for (const format of ["oci", "docker"] as const) {
  suite(`an archive being written, ${format}`, () =>
    testStore({
      open: async () => {
        const dir = await tempDir();
        const store = await createArchive(dir.join("a.tar"), { format });
        const close = async (): Promise<void> => {
          await store[Symbol.asyncDispose]();
          assert.deepEqual(await readdir(dir.path), []);
          await dir[Symbol.asyncDispose]();
        };
        return { store, close };
      },
    }),
  );
}

async function sourceOf(...graphs: readonly SampleGraph[]): Promise<MemoryStore> {
  const source = new MemoryStore();
  for (const graph of graphs) await putAll(source, graph);
  return source;
}

async function write(path: string, graph: SampleGraph, name = "v1"): Promise<Uint8Array> {
  await using archive: ArchiveWriter = await createArchive(path);
  await copy(await sourceOf(graph), archive, graph.root, { tags: [name] });
  await archive.commit();
  return await readFile(path);
}

const GRAPH = sampleIndex([[sampleImage("one", { layerBytes: [3000, 5_000_000] })], [sampleImage("two")]]);

suite("an OCI archive", () => {
  test("is read back as it was written, from a file and from a stream", async () => {
    await using dir = await tempDir();
    const bytes = await write(dir.join("a.tar"), GRAPH);
    for (const input of [dir.join("a.tar"), chunksOf(bytes, 100_000)]) {
      await using store = await openArchive(input);
      assert.deepEqual(await Array.fromAsync(store.tags()), ["v1"]);
      assert.deepEqual(await store.resolve("v1"), GRAPH.root);
      for await (const { descriptor } of walk(store, GRAPH.root)) {
        await readVerified(store, descriptor, { maxBytes: 1e7 });
      }
      assert.equal((await Array.fromAsync(store.blobs())).length, GRAPH.content.length);
    }
  });

  test("is the same each time", async () => {
    await using dir = await tempDir();
    const first = await write(dir.join("a.tar"), GRAPH);
    assert.ok(Buffer.from(first).equals(await write(dir.join("b.tar"), GRAPH)));
  });

  test("may be compressed", async () => {
    await using dir = await tempDir();
    const bytes = await write(dir.join("a.tar"), GRAPH);
    for (const compressed of [gzipSync(bytes), zstdCompressSync(bytes)]) {
      const path = await dir.write("compressed", compressed);
      await using store = await openArchive(path, { temporaryFolder: dir.path });
      assert.deepEqual(await store.resolve("v1"), GRAPH.root);
    }
    assert.deepEqual((await readdir(dir.path)).sort(), ["a.tar", "compressed"]);
    const path = await dir.write("a.xz", Buffer.from("fd377a585a0000", "hex"));
    assert.match((await assertCode(() => openArchive(path), "ERR_ARCHIVE_INVALID")).hint ?? "", /xz -d/);
  });

  test("lists what refers to its images", async () => {
    await using dir = await tempDir();
    const image = sampleImage("image");
    const signature = sampleReferrer(image.root, "application/vnd.example.signature");
    await using archive = await createArchive(dir.join("a.tar"));
    await copy(await sourceOf(image, signature), archive, image.root, { tags: ["v1"], referrers: true });
    await archive.commit();
    await using store = await openArchive(dir.join("a.tar"));
    const found = await Array.fromAsync(store.referrers(image.root));
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [signature.root.digest],
    );
  });

  test("that is none is refused", async () => {
    await using dir = await tempDir();
    const other = Buffer.concat([...writeTarSync([{ entry: { name: "file", size: 1 }, content: Uint8Array.of(1) }])]);
    for (const content of [other, new Uint8Array(0), Buffer.from("no archive at all".repeat(100))]) {
      await assertCode(async () => openArchive(await dir.write("a.tar", content)), "ERR_ARCHIVE_INVALID");
    }
    await assertCode(() => openArchive(dir.join("absent.tar")), "ERR_ARCHIVE_INVALID");
  });

  test("keeps what was there before when it fails", async () => {
    await using dir = await tempDir();
    await dir.write("a.tar", "before");
    const image = sampleImage("image");
    const source = await sourceOf(image);
    const layer = image.content[0]?.descriptor.digest ?? image.root.digest;
    await source.delete(layer);
    {
      await using archive = await createArchive(dir.join("a.tar"));
      await assertCode(() => copy(source, archive, image.root), "ERR_COPY_SOURCE");
    }
    assert.deepEqual(await readdir(dir.path), ["a.tar"]);
    assert.equal(await readFile(dir.join("a.tar"), "utf8"), "before");
  });
});

suite("hostile archives", () => {
  const image = sampleImage("image");
  const [layer] = image.content;
  const blob = `blobs/sha256/${layer?.descriptor.digest.slice(7) ?? ""}`;
  const index = Buffer.from('{"manifests":[]}');
  const base = [{ entry: { name: "index.json", size: index.length }, content: index }];

  async function reading(members: Parameters<typeof writeTarSync>[0]): Promise<unknown> {
    const bytes = Buffer.concat([...writeTarSync([...base, ...members])]);
    await using store = await openArchive([bytes]);
    return layer === undefined ? undefined : await readVerified(store, layer.descriptor);
  }

  test("links lead nowhere but to other entries", async () => {
    await assertCode(
      () => reading([{ entry: { name: blob, type: "symlink", linkname: "/etc/passwd" } }]),
      "ERR_BLOB_MISSING",
    );
    await assertCode(
      () => reading([{ entry: { name: blob, type: "symlink", linkname: "../../../etc/passwd" } }]),
      "ERR_LAYOUT_LINK",
    );
    await assertCode(
      () => reading([{ entry: { name: blob, type: "symlink", linkname: blob.slice(-64) } }]),
      "ERR_LAYOUT_LINK",
    );
    await assertCode(() => reading([{ entry: { name: blob, type: "fifo" } }]), "ERR_LAYOUT_LINK");
    const content = layer?.bytes ?? new Uint8Array(0);
    const elsewhere = { entry: { name: "x/y", size: content.length }, content };
    const found = await reading([elsewhere, { entry: { name: blob, type: "symlink", linkname: "../../x/y" } }]);
    assert.deepEqual(found, content);
  });

  test("names that lead out of the archive are nothing", async () => {
    const content = layer?.bytes ?? new Uint8Array(0);
    for (const name of [`../${blob}`, `/${blob}`, `blobs/../../${blob}`]) {
      await assertCode(() => reading([{ entry: { name, size: content.length }, content }]), "ERR_BLOB_MISSING");
    }
  });
});
