import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { digestBytes } from "@teu/content/hash";
import { sampleDocument, sampleImage, storeOf } from "@teu/content/testing/samples";
import { testStore } from "@teu/content/testing/store-contract";
import { OCI_INDEX } from "@teu/spec/media-types";
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
});
