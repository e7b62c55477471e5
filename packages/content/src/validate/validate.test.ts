import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, OCI_MANIFEST } from "@teu/spec/media-types";
import { type NewEntry, writeTarSync } from "@teu/tar/write-tar";
import { digestBytes } from "../hash.ts";
import { MemoryStore } from "../memory-store.ts";
import { type Validated, validate } from "./validate.ts";

/** What a test may do to an image before it is stored. */
interface Changes {
  readonly entries?: readonly NewEntry[];
  readonly layer?: Uint8Array;
  readonly layerType?: string;
  readonly config?: Record<string, unknown>;
  readonly manifest?: Record<string, unknown>;
  readonly index?: Record<string, unknown>;
}

function tar(entries: readonly NewEntry[]): Uint8Array {
  return Buffer.concat([...writeTarSync(entries.map((entry) => ({ entry })))]);
}

async function put(store: MemoryStore, mediaType: string, content: Uint8Array | object): Promise<Descriptor> {
  const bytes = content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content));
  const descriptor = { mediaType, digest: digestBytes(bytes), size: bytes.length };
  await store.put(descriptor, [bytes]);
  return descriptor;
}

/** Stores an image with an index above it, changed as asked. */
async function image(changes: Changes = {}): Promise<{ store: MemoryStore; root: Descriptor; layer: Descriptor }> {
  const store = new MemoryStore();
  const archive = tar(changes.entries ?? [{ type: "directory", name: "etc/", mode: 0o755 }]);
  const layer = await put(store, changes.layerType ?? OCI_LAYER_GZIP, changes.layer ?? gzipSync(archive));
  const rootfs = { type: "layers", diff_ids: [digestBytes(archive)] };
  const config = await put(store, OCI_CONFIG, { architecture: "amd64", os: "linux", rootfs, ...changes.config });
  const parts = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
  const manifest = await put(store, OCI_MANIFEST, { ...parts, ...changes.manifest });
  const manifests = [{ ...manifest, platform: { architecture: "amd64", os: "linux" } }];
  const root = await put(store, OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...changes.index });
  return { store, root, layer };
}

async function all(store: MemoryStore, root: Descriptor): Promise<Validated[]> {
  return Array.fromAsync(validate(store, root));
}

/** The clauses that a changed image breaks, or the messages where no clause is named. */
async function broken(changes: Changes): Promise<string[]> {
  const { store, root } = await image(changes);
  return (await all(store, root)).flatMap(({ findings }) => findings.map(({ clause, message }) => clause ?? message));
}

suite("validate()", () => {
  test("looks at everything in an image once, parents first, and finds nothing wrong with a good one", async () => {
    const { store, root } = await image();
    const seen = await all(store, root);
    assert.deepEqual(
      seen.map(({ what, findings }) => [what, findings]),
      [
        ["an image index", []],
        ["an image manifest", []],
        ["an image configuration", []],
        ["a layer", []],
      ],
    );
    assert.equal(seen[3]?.entries, 1);
  });

  test("takes plain and zstd layers", async () => {
    const archive = tar([{ type: "directory", name: "etc/", mode: 0o755 }]);
    assert.deepEqual(await broken({ layerType: OCI_LAYER, layer: archive }), []);
    assert.deepEqual(await broken({ layerType: OCI_LAYER_ZSTD, layer: zstdCompressSync(archive) }), [
      "image.manifest.layers.portable",
    ]);
  });

  test("reports the clause that a document breaks", async () => {
    assert.deepEqual(await broken({ manifest: { schemaVersion: 1 } }), ["image.manifest.schemaVersion"]);
    assert.deepEqual(await broken({ config: { architecture: 3 } }), ["image.config.architecture"]);
  });

  test("reports a DiffID that is not the layer's", async () => {
    const wrong = { rootfs: { type: "layers", diff_ids: [`sha256:${"0".repeat(64)}`] } };
    assert.deepEqual(await broken({ config: wrong }), ["image.config.diffId"]);
  });

  test("reports another number of DiffIDs than of layers", async () => {
    assert.deepEqual(await broken({ config: { rootfs: { type: "layers", diff_ids: [] } } }), [
      "image.config.rootfs.diff_ids.layers",
    ]);
  });

  test("reports a layer that is no archive, or not compressed as it says", async () => {
    assert.deepEqual((await broken({ layer: gzipSync("no archive".repeat(1000)) })).slice(0, 1), ["image.layer.tar"]);
    assert.deepEqual(await broken({ layer: new Uint8Array(1024) }), ["image.layer.gzip"]);
  });

  test("reports what layers must and should not hold", async () => {
    const file = (name: string, size = 0): NewEntry => ({ type: "file", name, mode: 0o644, size });
    const cases: readonly (readonly [readonly NewEntry[], readonly string[]])[] = [
      [[file("a"), file("./a")], ["image.layer.tar.unique"]],
      [[file("a/.wh.b")], []],
      [[file("a/b"), file("a/.wh.c")], ["image.layer.whiteout.order"]],
      [[file("b/b"), file("a/.wh.c")], []],
      [[{ type: "directory", name: "a/.wh.b/", mode: 0o755 }], ["image.layer.whiteout.file"]],
      [[file("a/.wh.")], ["image.layer.whiteout.bare"]],
      [[file("a/.wh..wh..opq")], ["image.layer.opaque.explicit"]],
    ];
    for (const [entries, expected] of cases)
      assert.deepEqual(await broken({ entries }), expected, JSON.stringify(entries));
  });

  test("reports content that is missing, damaged or of another size, and goes on", async () => {
    const missing = { mediaType: "application/octet-stream", digest: digestBytes(new Uint8Array(3)), size: 3 };
    const findings = await broken({ manifest: { layers: [missing] } });
    assert.ok(
      findings.some((finding) => /no content of that digest/.test(finding)),
      findings.join(),
    );
    const { store, root, layer } = await image();
    const damaged = {
      has: store.has.bind(store),
      openUnverified: (asked: Descriptor) =>
        asked.digest === layer.digest ? flip(store, asked) : store.openUnverified(asked),
    };
    const found = await Array.fromAsync(validate(damaged, root));
    assert.deepEqual(
      found.flatMap((one) => one.findings.map(({ clause }) => clause)),
      ["image.descriptor.digest.verify"],
    );
  });

  test("reports a document that could be taken for two things", async () => {
    assert.match((await broken({ manifest: { manifests: [] } })).join(), /too|confusion/);
  });

  test("holds a graph to its limits", async () => {
    const { store, root } = await image();
    await assert.rejects(Array.fromAsync(validate(store, root, { maxNodes: 2 })), { code: "ERR_GRAPH_LIMIT" });
  });

  test("stops when asked to", async () => {
    const { store, root } = await image();
    await assert.rejects(
      Array.fromAsync(validate(store, root, { signal: AbortSignal.abort(new Error("enough")) })),
      new Error("enough"),
    );
  });
});

async function* flip(store: MemoryStore, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  for await (const chunk of store.openUnverified(descriptor)) {
    const changed = chunk.slice();
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    yield changed;
  }
}
