import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from "@teu/spec/media-types";
import { collect } from "@teu/std/streams";
import type { TarEntry } from "@teu/tar/entry";
import { readTar } from "@teu/tar/read-tar";
import { type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";
import { assertCode } from "@teu/testing/assert-code";
import { digestBytes } from "../hash.ts";
import { MemoryStore } from "../memory-store.ts";
import { nameContent, putAll, sampleDocument } from "../testing/samples.ts";
import { readVerified } from "../verified-read.ts";
import { type Image, imageGraph, openImage } from "./image.ts";
import { historyOf } from "./layer-edit.ts";
import { normaliseImage } from "./normalise.ts";
import { openPlain, recompressImage } from "./rewrite-layers.ts";

const TEXT = new TextEncoder().encode("some text ".repeat(1000));

const MEMBERS: readonly NewMemberSync[] = [
  {
    entry: {
      name: "dir/",
      type: "directory",
      mode: 0o750,
      uid: 5,
      uname: "me",
      mtime: { seconds: 2e9, nanoseconds: 5 },
    },
  },
  {
    entry: {
      name: "dir/file",
      size: TEXT.length,
      mtime: { seconds: 1000, nanoseconds: 7 },
      xattrs: new Map([["user.a", Uint8Array.of(1)]]),
      pax: new Map([["atime", new TextEncoder().encode("5")]]),
    },
    content: TEXT,
  },
  { entry: { name: "link", type: "hard-link", linkname: "dir/file", mtime: { seconds: 1500, nanoseconds: 0 } } },
];

function archive(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([...writeTarSync(MEMBERS)]));
}

async function imageOf(diffId?: string): Promise<Image> {
  const layer = nameContent(archive(), OCI_LAYER);
  const config = nameContent(
    new TextEncoder().encode(
      JSON.stringify({
        created: "2030-01-01T00:00:00Z",
        rootfs: { type: "layers", diff_ids: [diffId ?? layer.descriptor.digest] },
        history: [{ created: "2001-01-01T00:00:00Z" }, { created: "2031-01-01T00:00:00Z", empty_layer: true }],
      }),
    ),
    OCI_CONFIG,
  );
  const manifest = sampleDocument(OCI_MANIFEST, { config: config.descriptor, layers: [layer.descriptor] });
  const store = new MemoryStore();
  await putAll(store, { root: manifest.descriptor, content: [layer, config, manifest] });
  return await openImage({ root: manifest.descriptor, store });
}

async function plainOf(image: Image): Promise<Uint8Array> {
  const [layer] = image.layers;
  assert.ok(layer !== undefined);
  return await collect(openPlain(layer), { maxBytes: 1e6 });
}

suite("recompressing", () => {
  test("goes between all compressions, and keeps the plain content", async () => {
    const scratch = new MemoryStore();
    let image = await imageOf();
    const config = image.config;
    for (const compression of ["gzip", "zstd", "none"] as const) {
      image = await recompressImage(image, compression, scratch);
      const ending = compression === "none" ? ".tar" : `.tar+${compression}`;
      assert.ok(image.layers[0]?.descriptor.mediaType.endsWith(ending));
      assert.deepEqual(await plainOf(image), archive());
      assert.deepEqual(image.config, config);
    }
    assert.equal(image.layers[0]?.descriptor.digest, digestBytes(archive()));
  });

  test("leaves alone what is compressed so already, or is not asked for", async () => {
    const scratch = new MemoryStore();
    const image = await imageOf();
    assert.equal(await recompressImage(image, "none", scratch), image);
    assert.equal(await recompressImage(image, "gzip", scratch, { takes: () => false }), image);
  });

  test("gives the same each time, and another size at another level", async () => {
    const [one, two, fast] = await Promise.all(
      [6, 6, 1].map(async (level) => recompressImage(await imageOf(), "gzip", new MemoryStore(), { level })),
    );
    assert.equal(one?.layers[0]?.descriptor.digest, two?.layers[0]?.descriptor.digest);
    assert.notEqual(one?.layers[0]?.descriptor.digest, fast?.layers[0]?.descriptor.digest);
  });

  test("fails on a layer that is not what its config says", async () => {
    const image = await imageOf(`sha256:${"0".repeat(64)}`);
    await assertCode(() => recompressImage(image, "gzip", new MemoryStore()), "ERR_IMAGE_DIFF_ID");
  });

  test("leaves layers of other formats alone", async () => {
    const image = await imageOf();
    const [layer] = image.layers;
    assert.ok(layer !== undefined);
    const foreign = { ...layer, descriptor: { ...layer.descriptor, mediaType: `${OCI_LAYER}+encrypted` } };
    const mixed = { ...image, layers: [foreign] };
    assert.equal(await recompressImage(mixed, "gzip", new MemoryStore()), mixed);
  });
});

suite("normalising", () => {
  const latest = new Date("2020-01-01T00:00:00.500Z");

  async function entriesOf(image: Image): Promise<readonly TarEntry[]> {
    const entries: TarEntry[] = [];
    for await (const { entry } of readTar([await plainOf(image)])) entries.push(entry);
    return entries;
  }

  test("evens out times, and drops what means nothing", async () => {
    const image = await normaliseImage(await imageOf(), new MemoryStore(), { latest });
    const [dir, file, link] = await entriesOf(image);
    const seconds = Math.floor(latest.getTime() / 1000);
    assert.deepEqual(
      [dir, file, link].map((entry) => entry?.mtime),
      [
        { seconds, nanoseconds: 0 },
        { seconds: 1000, nanoseconds: 0 },
        { seconds: 1500, nanoseconds: 0 },
      ],
    );
    assert.deepEqual([dir?.uid, dir?.mode, dir?.unameText], [5, 0o750, ""]);
    assert.deepEqual(file?.xattrs, new Map([["user.a", Uint8Array.of(1)]]));
    assert.equal(file?.pax.has("atime"), false);
    assert.equal(link?.linknameText, "dir/file");
  });

  test("evens out config and history, and gives the same each time", async () => {
    const image = await normaliseImage(await imageOf(), new MemoryStore(), { latest, compression: "gzip" });
    assert.equal(image.config["created"], "2020-01-01T00:00:00.500Z");
    assert.deepEqual(
      historyOf(image)?.map(({ created }) => created),
      ["2001-01-01T00:00:00Z", "2020-01-01T00:00:00.500Z"],
    );
    const again = await normaliseImage(image, new MemoryStore(), { latest, compression: "gzip" });
    assert.deepEqual(imageGraph(again).root, imageGraph(image).root);
    const { store, root } = imageGraph(image);
    await readVerified(store, root);
  });

  test("gives everything one owner if asked", async () => {
    const owner = { uid: 0, gid: 7 };
    const image = await normaliseImage(await imageOf(), new MemoryStore(), { latest, owner });
    assert.ok((await entriesOf(image)).every(({ uid, gid }) => uid === 0 && gid === 7));
  });
});
