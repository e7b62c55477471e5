import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { suite, test } from "node:test";
import { type CopyEvent, copy } from "@teu/content/copy";
import { digestBytes } from "@teu/content/hash";
import { openLayout } from "@teu/content/layout-store";
import { codeOf, putAll, sampleDocument, sampleImage, storeOf } from "@teu/content/testing/samples";
import { testStore } from "@teu/content/testing/store-contract";
import { OCI_INDEX } from "@teu/spec/media-types";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import type { Exchange } from "./http/exchange.ts";
import { fetchExchange } from "./http/fetch-exchange.ts";
import { NodeExchange } from "./http/node-exchange.ts";
import { Registry } from "./registry.ts";
import { type FakeOptions, startFakeRegistry } from "./testing/fake-registry.ts";

/** A repository at a registry of its own, over Node's client unless told otherwise. */
async function openFake(
  options: FakeOptions,
  way: "node" | "fetch" = "node",
): Promise<Awaited<ReturnType<Parameters<typeof testStore>[0]["open"]>>> {
  const fake = await startFakeRegistry(options);
  const node = new NodeExchange();
  const registry = new Registry(fake.url, { exchange: way === "node" ? node.exchange : fetchExchange() });
  return {
    store: registry.repository("team/app"),
    close: async () => {
      node[Symbol.dispose]();
      await fake[Symbol.asyncDispose]();
    },
  };
}

suite("a repository", () => testStore({ open: async () => await openFake({}) }));
suite("a repository over fetch", () => testStore({ open: async () => await openFake({}, "fetch") }));
suite("a repository without the referrers API, with chunks", () =>
  testStore({ open: async () => await openFake({ referrersApi: false, chunkMinBytes: 100_000, pageSize: 5 }) }),
);

suite("a push", () => {
  test("asks once for each content, and tags the manifest as it puts it", async () => {
    await using fake = await startFakeRegistry({});
    using node = new NodeExchange();
    const repository = new Registry(fake.url, { exchange: node.exchange }).repository("team/app");
    const image = sampleImage("short", { layerBytes: [10] });
    await copy(await storeOf(image), repository, image.root, { tags: ["v1"] });
    const asked = fake.requests.map(({ method, path }) => `${method} ${path.replace(/sha256:.*|uploads\/.*/, "")}`);
    assert.deepEqual(asked.toSorted(), [
      "HEAD /v2/team/app/blobs/",
      "HEAD /v2/team/app/blobs/",
      "POST /v2/team/app/blobs/",
      "POST /v2/team/app/blobs/",
      "PUT /v2/team/app/blobs/",
      "PUT /v2/team/app/blobs/",
      "PUT /v2/team/app/manifests/v1",
    ]);
    assert.equal((await repository.resolve("v1"))?.digest, image.root.digest);
  });

  test("names a manifest of another algorithm after it was put under its digest", async () => {
    await using fake = await startFakeRegistry({});
    using node = new NodeExchange();
    const repository = new Registry(fake.url, { exchange: node.exchange }).repository("team/app");
    const { descriptor, bytes } = sampleDocument(OCI_INDEX, { manifests: [] });
    const digest = digestBytes(bytes, "sha512");
    await repository.putNamed("v1", { ...descriptor, digest }, [bytes]);
    const puts = fake.requests.filter(({ method }) => method === "PUT").map(({ path }) => path.split("/").at(-1));
    assert.deepEqual(puts, [digest, "v1"]);
  });

  // More of it than is kept in memory.
  const large = sampleImage("large", { layerBytes: [12_000_000] });
  const [layer] = large.content;

  test("begins an upload anew that the registry has lost, where the content is a file", async () => {
    await using dir = await tempDir();
    const files = await openLayout(dir.join("layout"), { create: true });
    await putAll(files, large);
    for (const [source, code] of [
      [files, undefined],
      [await storeOf(large), "ERR_COPY_TARGET"],
    ] as const) {
      await using fake = await startFakeRegistry({});
      using node = new NodeExchange();
      const repository = new Registry(fake.url, { exchange: node.exchange }).repository("team/app");
      const path = layer?.descriptor.digest.slice(-20) ?? "";
      fake.faults.push({ method: "PUT", path, fault: { kind: "cut-request", after: 11_000_000 } });
      fake.faults.push({ method: "GET", path: "/uploads/", fault: { kind: "status", status: 404 } });
      assert.equal(await codeOf(copy(source, repository, large.root, { tags: ["v1"] })), code);
      const stored = fake.content.repository("team/app").blobs.get(layer?.descriptor.digest ?? "");
      assert.deepEqual(stored, code === undefined ? layer?.bytes : undefined);
    }
  });

  test("leaves an upload in which nothing has arrived, and begins another", async () => {
    await using fake = await startFakeRegistry({});
    using node = new NodeExchange();
    const retry = { sleep: async (): Promise<void> => {} };
    const repository = new Registry(fake.url, { exchange: node.exchange, retry }).repository("team/app");
    const source = await storeOf(large);
    fake.faults.push({
      method: "PUT",
      path: layer?.descriptor.digest.slice(-20) ?? "",
      times: 6,
      fault: { kind: "drop" },
    });
    assert.equal(await codeOf(copy(source, repository, large.root)), "ERR_COPY_TARGET");
    const [before = ""] = fake.content.uploads.keys();
    await copy(source, repository, large.root, { tags: ["v1"] });
    assert.deepEqual(
      fake.requests.filter(({ path }) => path.includes(`/uploads/${before}?`)).map(({ method }) => method),
      ["PUT", "GET", "DELETE"],
    );
    assert.equal(fake.content.uploads.size, 0);
    assert.deepEqual(fake.content.repository("team/app").blobs.get(layer?.descriptor.digest ?? ""), layer?.bytes);
  });

  test("sends a stream where the registry takes nothing large in the request that names it", async () => {
    await using dir = await tempDir();
    const files = await openLayout(dir.join("layout"), { create: true });
    await putAll(files, large);
    for (const status of [400, 404, 405]) {
      await using fake = await startFakeRegistry({});
      using node = new NodeExchange();
      const repository = new Registry(fake.url, { exchange: node.exchange }).repository("team/app");
      const path = layer?.descriptor.digest.slice(-20) ?? "";
      fake.faults.push({ method: "PUT", path, fault: { kind: "status", status } });
      await copy(files, repository, large.root, { tags: ["v1"] });
      const [patch, ...more] = fake.requests.filter(({ method }) => method === "PATCH");
      assert.equal(patch?.headers["content-range"], undefined);
      assert.deepEqual([patch?.bodyBytes, more.length], [layer?.bytes.length, 0]);
      assert.deepEqual(fake.content.repository("team/app").blobs.get(layer?.descriptor.digest ?? ""), layer?.bytes);
    }
  });

  test("goes on after chunks that are taken with another status than 202", async () => {
    for (const status of [201, 204]) {
      await using fake = await startFakeRegistry({});
      using node = new NodeExchange();
      const exchange: Exchange = async (request) => {
        const answer = await node.exchange(request);
        return request.method === "PATCH" ? { ...answer, status } : answer;
      };
      const repository = new Registry(fake.url, { exchange }).repository("team/app", { chunkBytes: 5_000_000 });
      await copy(await storeOf(large), repository, large.root, { tags: ["v1"] });
      assert.equal(fake.count("PATCH"), 3);
      assert.deepEqual(fake.content.repository("team/app").blobs.get(layer?.descriptor.digest ?? ""), layer?.bytes);
    }
  });

  test("tells that a file has become shorter while it was sent", async () => {
    await using dir = await tempDir();
    await using fake = await startFakeRegistry({});
    using node = new NodeExchange();
    const files = await openLayout(dir.join("layout"), { create: true });
    await putAll(files, large);
    const repository = new Registry(fake.url, { exchange: node.exchange }).repository("team/app");
    const [, name = ""] = layer?.descriptor.digest.split(":") ?? [];
    const onEvent = ({ type }: CopyEvent): void => {
      if (type === "progress") truncateSync(dir.join("layout/blobs/sha256", name), 10_000_000);
    };
    await assertCode(() => copy(files, repository, large.root, { tags: ["v1"], onEvent }), "ERR_COPY_SOURCE");
    assert.equal(await repository.resolve("v1"), undefined);
    assert.equal(fake.content.uploads.size, 0, "an upload is left behind");
  });
});
