import assert from "node:assert/strict";
import { mkdir, readFile, readdir, statfs, symlink, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { blobPath } from "@teu/spec/image/layout";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { createArchive } from "./archive-writer.ts";
import { copy } from "./copy.ts";
import { openDirectory } from "./directory-store.ts";
import { type LayoutStore, openLayout } from "@teu/content/layout-store";
import { FreeRoom } from "./free-room.ts";
import { type Sample, chunksOf, putAll, sampleImage, sampleOf } from "./testing/samples.ts";
import { testStore } from "./testing/store-contract.ts";
import { ContentCheck, readVerified } from "./verified-read.ts";

const FAST = { create: true, durable: false } as const;

suite("an image layout", () =>
  testStore({
    open: async () => {
      const dir = await tempDir();
      const store = await openLayout(dir.join("layout"), FAST);
      return {
        store,
        close: async () => {
          await store[Symbol.asyncDispose]();
          await dir[Symbol.asyncDispose]();
        },
      };
    },
  }),
);

async function layoutIn(dir: TempDir): Promise<LayoutStore> {
  return await openLayout(dir.path, FAST);
}

async function interrupt(store: LayoutStore, { descriptor, bytes }: Sample, kept: number): Promise<void> {
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield* chunksOf(bytes.subarray(0, kept), 300_000);
    throw new Error("the line went dead");
  };
  await assert.rejects(store.put(descriptor, broken()), /the line went dead/);
}

suite("files of a layout", () => {
  test("are those that the specification names, and our own locks", async () => {
    await using dir = await tempDir();
    const image = sampleImage("x", { layerBytes: [2_000_000] });
    {
      await using store = await openLayout(dir.path, { create: true });
      await putAll(store, image);
      await store.tag("v1", image.root);
    }
    assert.deepEqual((await readdir(dir.path)).sort(), [".teu", "blobs", "index.json", "oci-layout"]);
    assert.deepEqual((await readdir(dir.join(".teu"))).sort(), ["index.lock", "use.lock"]);
    assert.equal(await readFile(dir.join("oci-layout"), "utf8"), '{"imageLayoutVersion":"1.0.0"}');
    const index: unknown = JSON.parse(await readFile(dir.join("index.json"), "utf8"));
    assert.deepEqual(index, {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [{ ...image.root, annotations: { "org.opencontainers.image.ref.name": "v1" } }],
    });
  });

  test("are not needed all: what is missing is made when asked for", async () => {
    await using dir = await tempDir();
    await assertCode(() => openLayout(dir.path), "ERR_LAYOUT_MISSING");
    await dir.write("index.json", '{"schemaVersion":2,"manifests":[]}');
    const store = await openLayout(dir.path);
    assert.deepEqual(await Array.fromAsync(store.tags()), []);
    assert.deepEqual(await readdir(dir.path), ["index.json"]);
    await openLayout(dir.path, { create: true });
    assert.deepEqual((await readdir(dir.path)).sort(), ["blobs", "index.json", "oci-layout"]);
  });

  test("of another version, or broken, are refused", async () => {
    await using dir = await tempDir();
    await dir.write("oci-layout", '{"imageLayoutVersion":"2.0.0"}');
    await assertCode(() => openLayout(dir.path), "ERR_LAYOUT_INVALID");
    await dir.write("oci-layout", "nonsense");
    await assertCode(() => openLayout(dir.path), "ERR_LAYOUT_INVALID");
    await dir.write("oci-layout", '{"imageLayoutVersion":"1.0.0","more":1}');
    await dir.write("index.json", "[]");
    const store = await openLayout(dir.path);
    await assertCode(() => store.resolve("v1"), "ERR_LAYOUT_INVALID");
  });

  test("that are unknown are left alone", async () => {
    await using dir = await tempDir();
    const store = await layoutIn(dir);
    await dir.write("manifest.json", "[]");
    await dir.write("blobs/sha256/oci-put-blob123", "x");
    await dir.write("blobs/README", "x");
    assert.deepEqual(await Array.fromAsync(store.blobs()), []);
    assert.equal(await readFile(dir.join("manifest.json"), "utf8"), "[]");
  });

  test("that are damaged are not taken for content, and are put anew", async () => {
    await using dir = await tempDir();
    const store = await layoutIn(dir);
    const { descriptor, bytes } = sampleOf(1000);
    await dir.write(blobPath(descriptor.digest), bytes.subarray(1));
    assert.equal(await store.has(descriptor), false);
    await assertCode(() => readVerified(store, descriptor), "ERR_BLOB_SIZE");
    await store.put(descriptor, [bytes]);
    assert.deepEqual(await readVerified(store, descriptor), bytes);
  });
});

suite("links in a layout", () => {
  const { descriptor, bytes } = sampleOf(1000);

  test("are followed inside of it", async () => {
    await using dir = await tempDir();
    const store = await layoutIn(dir);
    await dir.write("elsewhere/blob", bytes);
    await symlink("../../elsewhere/blob", dir.join(blobPath(descriptor.digest)));
    assert.deepEqual(await readVerified(store, descriptor), bytes);
  });

  test("do not lead out of it", async () => {
    await using outside = await tempDir();
    await using dir = await tempDir();
    const store = await layoutIn(dir);
    await outside.write("secret", bytes);
    await symlink(outside.join("secret"), dir.join(blobPath(descriptor.digest)));
    assert.equal(await store.has(descriptor), false);
    await assertCode(() => readVerified(store, descriptor), "ERR_BLOB_MISSING");
    await store.put(descriptor, [bytes.slice()]);
    assert.deepEqual(await readVerified(store, descriptor), bytes);
    assert.deepEqual(await readdir(outside.path), ["secret"]);
  });

  test("in place of folders do not lead out of it either", async () => {
    await using outside = await tempDir();
    await using dir = await tempDir();
    await outside.write(`sha256/${descriptor.digest.slice(7)}`, bytes);
    await dir.write("index.json", '{"manifests":[]}');
    await symlink(outside.path, dir.join("blobs"));
    const store = await openLayout(dir.path);
    assert.equal(await store.has(descriptor), false);
  });

  test("what is no file is refused", async () => {
    await using dir = await tempDir();
    const store = await layoutIn(dir);
    await mkdir(dir.join(blobPath(descriptor.digest)));
    await assertCode(() => store.has(descriptor), "ERR_LAYOUT_LINK");
  });
});

suite("a part of content", () => {
  const sample = sampleOf(4_000_000);

  test("is gone on with by another store", async () => {
    await using dir = await tempDir();
    {
      await using first = await layoutIn(dir);
      await interrupt(first, sample, 3_000_000);
    }
    await using second = await layoutIn(dir);
    const start = await second.partialBytes(sample.descriptor);
    assert.equal(start, 3_000_000);
    await second.resume(sample.descriptor, start, [sample.bytes.subarray(start)]);
    assert.equal(await second.has(sample.descriptor), true);
  });

  test("belongs to the store that works on it while that lives", async () => {
    await using dir = await tempDir();
    await using first = await layoutIn(dir);
    await using second = await layoutIn(dir);
    await interrupt(first, sample, 3_000_000);
    assert.equal(await first.partialBytes(sample.descriptor), 3_000_000);
    assert.equal(await second.partialBytes(sample.descriptor), 0);
    await second.put(sample.descriptor, [sample.bytes]);
    assert.equal(await second.has(sample.descriptor), true);
  });

  test("of a process that died is taken over", async () => {
    await using dir = await tempDir();
    const session = "0123456789abcdef";
    const name = sample.descriptor.digest.replace(":", "-");
    for (const hasLock of [false, true]) {
      await dir.write(`.teu/parts/${name}.${session}`, sample.bytes.subarray(0, 2_000_000));
      if (hasLock) await dir.write(`.teu/sessions/${session}`, "");
      await using store = await layoutIn(dir);
      assert.equal(await store.partialBytes(sample.descriptor), 2_000_000);
      await store.resume(sample.descriptor, 2_000_000, [sample.bytes.subarray(2_000_000)]);
      assert.equal(await store.has(sample.descriptor), true);
      assert.equal(await store.delete(sample.descriptor.digest), true);
    }
    assert.deepEqual((await readdir(dir.join(".teu"))).sort(), ["index.lock", "use.lock"]);
  });

  test("is not kept of small content, nor of wrong content", async () => {
    await using dir = await tempDir();
    await using store = await layoutIn(dir);
    const small = sampleOf(100_000);
    await interrupt(store, small, 90_000);
    assert.equal(await store.partialBytes(small.descriptor), 0);
    const wrong = sample.bytes.map((byte) => byte ^ 1);
    await assertCode(() => store.put(sample.descriptor, [wrong]), "ERR_BLOB_DIGEST");
    assert.equal(await store.partialBytes(sample.descriptor), 0);
    assert.deepEqual(await readdir(dir.join(".teu/parts")), []);
  });

  test("is used by copy()", async () => {
    await using dir = await tempDir();
    await using other = await tempDir();
    const image = sampleImage("large", { layerBytes: [4_000_000] });
    const [layer = sample] = image.content;
    await using source = await layoutIn(other);
    await putAll(source, image);
    await using target = await layoutIn(dir);
    await interrupt(target, layer, 2_000_000);
    const starts: number[] = [];
    await copy(source, target, image.root, {
      tags: ["v1"],
      onEvent: (event) => {
        if (event.type === "started") starts.push(event.start);
      },
    });
    assert.ok(starts.includes(1_800_000) || starts.includes(2_000_000), starts.join());
    assert.deepEqual(await readVerified(target, layer.descriptor), layer.bytes);
  });
});

suite("the disk of a layout", () => {
  const claims = (size: number): Sample["descriptor"] => ({ ...sampleOf(1).descriptor, size });

  const endless = async function* (): AsyncGenerator<Uint8Array> {
    yield assert.fail("it was read");
  };

  test("is not filled with what says that it is larger", async () => {
    await using dir = await tempDir();
    const store = await layoutIn(dir);
    const { message } = await assertCode(() => store.put(claims(2 ** 52), endless()), "ERR_STORE_FULL");
    assert.match(message, /the disk is full: 4503599627370496 bytes are to come, and \d+ are left$/);
    await store[Symbol.asyncDispose]();
    assert.deepEqual((await readdir(dir.join(".teu"))).sort(), ["index.lock", "use.lock"]);
  });

  test("nor that of archives and folders", async () => {
    await using dir = await tempDir();
    await using archive = await createArchive(dir.join("image.tar"), { format: "oci" });
    for (const store of [archive, await openDirectory(dir.join("image"), { create: true })])
      await assertCode(() => store.put(claims(2 ** 52), endless()), "ERR_STORE_FULL");
  });

  test("is shared by what comes at once", async () => {
    await using dir = await tempDir();
    const room = new FreeRoom(dir.path);
    const { bavail, bsize } = await statfs(dir.path);
    // Others write to this disk, too, so nothing here is exact.
    const large = Math.floor(bavail * bsize * 0.7);
    const [first, second] = [new ContentCheck(claims(large)), new ContentCheck(claims(large))];
    const claimed = room.claim(first, 0);
    assertCode(() => room.claim(second, 0), "ERR_STORE_FULL");
    room.claim(second, Math.floor(large * 0.9))[Symbol.dispose]();
    claimed[Symbol.dispose]();
    room.claim(second, 0)[Symbol.dispose]();
  });
});

suite("a layout that cannot be written", () => {
  test("is read all the same, and says so when it is to be changed", async () => {
    await using dir = await tempDir();
    const image = sampleImage("x");
    const store = await layoutIn(dir);
    await putAll(store, image);
    await store.tag("v1", image.root);
    // A file where our folder should be stops every writer, root too.
    await using other = await tempDir();
    await writeFile(other.join("index.json"), await readFile(dir.join("index.json")));
    await writeFile(other.join(".teu"), "");
    const stuck = await openLayout(other.path);
    assert.equal((await stuck.resolve("v1"))?.digest, image.root.digest);
    await assert.rejects(stuck.tag("v2", image.root));
  });
});

test("folders of a layout that somebody writes to are not taken away", async () => {
  await using dir = await tempDir();
  await using writer = await openLayout(dir.path, FAST);
  const reader = await openLayout(dir.path, FAST);
  const folder = dir.join(".teu/tmp");
  await mkdir(folder, { recursive: true });
  {
    await using _lease = await writer.lease();
    await reader[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(folder), []);
  }
  await reader[Symbol.asyncDispose]();
  await assert.rejects(readdir(folder), { code: "ENOENT" });
});

test("an index that says what it said is left as it is, byte for byte", async () => {
  await using dir = await tempDir();
  const layout = await openLayout(dir.path, { create: true });
  const image = sampleImage("same");
  await putAll(layout, image);
  await layout.tag("v1", image.root);
  const spaced = `${await readFile(dir.join("index.json"), "utf8")}\n\n`;
  await dir.write("index.json", spaced);
  await layout.tag("v1", image.root);
  assert.equal(await readFile(dir.join("index.json"), "utf8"), spaced);
  await layout.tag("v2", image.root);
  assert.notEqual(await readFile(dir.join("index.json"), "utf8"), spaced);
});
