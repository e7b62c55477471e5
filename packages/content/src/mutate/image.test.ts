import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from "@teu/spec/media-types";
import { assertCode } from "@teu/testing/assert-code";
import { copy } from "../copy.ts";
import { walk } from "../graph.ts";
import { MemoryStore } from "../memory-store.ts";
import { nameContent, putAll, sampleDocument, sampleImage, sampleOf, sampleReferrer } from "../testing/samples.ts";
import { readVerified } from "../verified-read.ts";
import { annotate } from "./annotate.ts";
import { annotateImage, changeContainer, setCreated, setPlatform } from "./config-edit.ts";
import type { JsonObject } from "./document.ts";
import { type Image, imageGraph, openImage } from "./image.ts";
import { type NewLayer, appendLayers, historyOf, removeLayers, replaceLayers } from "./layer-edit.ts";
import { rebaseImage } from "./rebase.ts";

interface Made {
  readonly layers?: readonly number[];
  readonly history?: readonly JsonObject[];
  readonly config?: JsonObject;
  readonly manifest?: JsonObject;
  readonly platform?: JsonObject;
}

/** An image whose layers are of the given sizes, with fields of its own in config and manifest. */
async function imageOf(made: Made = {}): Promise<Image> {
  const store = new MemoryStore();
  const layers = (made.layers ?? [100, 200, 300]).map((size) => sampleOf(size, size));
  const config = nameContent(
    new TextEncoder().encode(
      JSON.stringify({
        architecture: "amd64",
        os: "linux",
        ...made.platform,
        config: { OnBuild: ["x"], Env: ["PATH=/bin", "A=1"], ...made.config },
        rootfs: { type: "layers", diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
        history: made.history,
        "moby.buildkit.x": 12345678901234567890n.toString(),
      }),
    ),
    OCI_CONFIG,
  );
  const manifest = sampleDocument(OCI_MANIFEST, {
    unknown: { b: 1, a: 2 },
    config: { ...config.descriptor, extra: "kept" },
    layers: layers.map(({ descriptor }) => descriptor),
    ...made.manifest,
  });
  await putAll(store, { root: manifest.descriptor, content: [...layers, config, manifest] });
  return await openImage({ root: manifest.descriptor, store });
}

async function documentsOf(image: Image): Promise<{ readonly manifest: JsonObject; readonly config: JsonObject }> {
  const { root, store } = imageGraph(image);
  const manifest = JSON.parse(new TextDecoder().decode(await readVerified(store, root)));
  const config = JSON.parse(new TextDecoder().decode(await readVerified(store, manifest.config)));
  return { manifest, config };
}

function layerOf(size: number, comment?: string): NewLayer {
  const { descriptor, bytes } = sampleOf(size, size, OCI_LAYER);
  const store = new MemoryStore();
  void store.put(descriptor, [bytes]);
  return { descriptor, diffId: descriptor.digest, store, ...(comment === undefined ? {} : { history: { comment } }) };
}

suite("an image that is opened", () => {
  test("keeps its bytes while nothing is changed", async () => {
    const image = await imageOf();
    const graph = imageGraph(image);
    assert.equal(graph.root, image.descriptor);
    assert.equal(graph.store, image.origin.store);
    assert.equal(imageGraph(removeLayers(image, () => false)).root, image.descriptor);
  });

  test("keeps unknown fields and their order through a change", async () => {
    const image = await imageOf();
    const { manifest, config } = await documentsOf(changeContainer(image, { user: "app" }));
    assert.deepEqual(Object.keys(manifest), ["schemaVersion", "mediaType", "unknown", "config", "layers"]);
    assert.deepEqual(manifest["unknown"], { b: 1, a: 2 });
    assert.equal((manifest["config"] as JsonObject)["extra"], "kept");
    assert.deepEqual(config["config"], { OnBuild: ["x"], Env: ["PATH=/bin", "A=1"], User: "app" });
    assert.deepEqual(Object.keys(config), Object.keys(image.config));
    assert.deepEqual(image.config["config"], { OnBuild: ["x"], Env: ["PATH=/bin", "A=1"] });
  });

  test("has to be one whose layers and config agree", async () => {
    await assertCode(() => imageOf({ manifest: { layers: [] } }), "ERR_IMAGE_INVALID");
    const referrer = sampleReferrer(sampleImage("x").root, "application/vnd.example");
    const store = new MemoryStore();
    await putAll(store, referrer);
    await assertCode(() => openImage({ root: referrer.root, store }), "ERR_IMAGE_INVALID");
  });

  test("is copied like any other graph", async () => {
    const image = appendLayers(await imageOf(), [layerOf(400)]);
    const { root, store } = imageGraph(image);
    const target = new MemoryStore();
    await copy(store, target, root, { tags: ["v2"] });
    for await (const { descriptor } of walk(target, root)) await readVerified(target, descriptor);
  });
});

suite("a config that is changed", () => {
  test("says how containers run", async () => {
    const image = await imageOf({ config: { Labels: { a: "1", b: "2" }, ExposedPorts: { "80/tcp": {} }, User: "x" } });
    const { config } = await documentsOf(
      changeContainer(image, {
        env: { A: null, PATH: "/usr/bin", NEW: "a=b" },
        labels: { a: null, c: "3" },
        exposedPorts: { "80/tcp": null, "443/tcp": true },
        volumes: { "/data": true },
        entrypoint: ["/app"],
        cmd: null,
        user: null,
        workingDir: "/srv",
        stopSignal: "SIGINT",
      }),
    );
    assert.deepEqual(config["config"], {
      OnBuild: ["x"],
      Env: ["PATH=/usr/bin", "NEW=a=b"],
      Labels: { b: "2", c: "3" },
      ExposedPorts: { "443/tcp": {} },
      WorkingDir: "/srv",
      Entrypoint: ["/app"],
      StopSignal: "SIGINT",
      Volumes: { "/data": {} },
    });
  });

  test("says what it runs on, and when it was made", async () => {
    const image = await imageOf();
    const named: Image = {
      ...image,
      descriptor: { ...image.descriptor, platform: { os: "linux", architecture: "amd64" } },
    };
    const platform = { os: "linux", architecture: "arm", variant: "v7" };
    const changed = setCreated(setPlatform(named, platform), new Date(1_500_000_000_000));
    const { config } = await documentsOf(changed);
    assert.deepEqual(
      [config["architecture"], config["variant"], config["created"]],
      ["arm", "v7", "2017-07-14T02:40:00Z"],
    );
    assert.deepEqual(imageGraph(changed).root.platform, platform);
  });

  test("takes annotations, as indexes and artifacts do", async () => {
    const image = await imageOf({ manifest: { annotations: { a: "1", b: "2" } } });
    const { manifest } = await documentsOf(annotateImage(image, { a: null, c: "3" }));
    assert.deepEqual(manifest["annotations"], { b: "2", c: "3" });
    const none = await documentsOf(annotateImage(image, { a: null, b: null }));
    assert.equal("annotations" in none.manifest, false);
    const referrer = sampleReferrer(image.descriptor, "application/vnd.example");
    const store = new MemoryStore();
    await putAll(store, referrer);
    const annotated = await annotate({ root: referrer.root, store }, { note: "new" });
    const bytes = await readVerified(annotated.store, annotated.root);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes)).annotations, { note: "new" });
  });
});

const STEPS: readonly JsonObject[] = [
  { comment: "layer 0" },
  { comment: "env", empty_layer: true },
  { comment: "layer 1" },
  { comment: "layer 2" },
  { comment: "cmd", empty_layer: true },
];

const comments = (image: Image): unknown => historyOf(image)?.map(({ comment }) => comment);
const sizes = (image: Image): unknown => image.layers.map(({ descriptor }) => descriptor.size);

suite("layers that are changed", () => {
  test("are appended with their step of the history", async () => {
    const image = appendLayers(await imageOf({ history: STEPS }), [layerOf(400, "new"), layerOf(500)]);
    assert.deepEqual(sizes(image), [100, 200, 300, 400, 500]);
    assert.deepEqual(comments(image), ["layer 0", "env", "layer 1", "layer 2", "cmd", "new", undefined]);
    const { config } = await documentsOf(image);
    assert.deepEqual(
      (config["rootfs"] as JsonObject)["diff_ids"],
      image.layers.map(({ diffId }) => diffId),
    );
  });

  test("are removed with theirs", async () => {
    const image = removeLayers(await imageOf({ history: STEPS }), (_, index) => index === 1);
    assert.deepEqual(sizes(image), [100, 300]);
    assert.deepEqual(comments(image), ["layer 0", "env", "layer 2", "cmd"]);
  });

  test("are replaced where they were", async () => {
    const image = await imageOf({ history: STEPS });
    const squashed = replaceLayers(image, { start: 0, end: 2 }, [layerOf(400, "squashed")]);
    assert.deepEqual(sizes(squashed), [400, 300]);
    assert.deepEqual(comments(squashed), ["env", "squashed", "layer 2", "cmd"]);
    const flat = replaceLayers(image, { start: 0, end: 3 }, [layerOf(400, "flat")]);
    assert.deepEqual(comments(flat), ["env", "flat", "cmd"]);
    const below = replaceLayers(image, { start: 0, end: 0 }, [layerOf(400, "below")]);
    assert.deepEqual(comments(below), ["below", "layer 0", "env", "layer 1", "layer 2", "cmd"]);
    assert.throws(() => replaceLayers(image, { start: 2, end: 4 }, []), RangeError);
  });

  test("have no history where the image has none", async () => {
    assert.equal(historyOf(appendLayers(await imageOf(), [layerOf(400, "new")])), undefined);
    assert.deepEqual(comments(appendLayers(await imageOf({ layers: [] }), [layerOf(400, "new")])), ["new"]);
  });
});

suite("rebasing", () => {
  const base = (layers: readonly number[], comment: string): Promise<Image> =>
    imageOf({ layers, history: layers.map(() => ({ comment })) });

  test("keeps the layers of its own on another base", async () => {
    const image = await imageOf({
      layers: [100, 200, 300],
      history: STEPS.slice(2, 5).toSpliced(0, 0, { comment: "old" }),
    });
    const [from, to] = [await base([100, 200], "old"), await base([10, 20, 30], "base")];
    const rebased = rebaseImage(image, { from, to, name: "example.com/base:2" });
    assert.deepEqual(sizes(rebased), [10, 20, 30, 300]);
    assert.deepEqual(comments(rebased), ["base", "base", "base", "layer 2", "cmd"]);
    const { manifest, config } = await documentsOf(rebased);
    assert.deepEqual(manifest["annotations"], {
      "org.opencontainers.image.base.digest": to.descriptor.digest,
      "org.opencontainers.image.base.name": "example.com/base:2",
    });
    assert.deepEqual(
      (config["rootfs"] as JsonObject)["diff_ids"],
      rebased.layers.map(({ diffId }) => diffId),
    );
  });

  test("is refused on a base that is not the image's, or is for another platform", async () => {
    const image = await imageOf();
    const to = await imageOf({ layers: [10] });
    assertCode(() => rebaseImage(image, { from: to, to }), "ERR_IMAGE_BASE");
    const other = await imageOf({ layers: [10], platform: { architecture: "arm64" } });
    const from = await imageOf({ layers: [100] });
    const error = assertCode(() => rebaseImage(image, { from, to: other }), "ERR_IMAGE_BASE");
    assert.match(error.message, /its architecture is "amd64", and that of the new base "arm64"/);
  });
});

test("descriptors that carry content lose it when they point elsewhere", async () => {
  const image = await imageOf();
  const carrying = { ...(image.manifest["config"] as JsonObject), data: "e30=" };
  const { manifest } = await documentsOf(
    changeContainer(
      { ...image, origin: { ...image.origin, manifest: { ...image.manifest, config: carrying } } },
      { user: "x" },
    ),
  );
  assert.equal((manifest["config"] as Partial<Descriptor>).data, undefined);
});
