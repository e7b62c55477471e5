import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import type { ByteStream } from "@teu/content/store";
import type { Digest } from "@teu/spec/digest";
import { scrub } from "../collect/scrub.ts";
import { OCI_MANIFEST } from "@teu/spec/media-types";
import { type Fixture, manifestOf, memoryRegistry, pushImage } from "../testing/fixture.ts";
import { PullThrough } from "./pull-through.ts";
import type { UpstreamConfig, UpstreamRepository } from "./upstream.ts";

const CONFIG: UpstreamConfig = {
  match: ["hub/**"],
  url: "https://hub.test",
  strip: "hub/",
  prefix: "library/",
  namespace: "hub.test",
  freshMs: 1000,
};

/** An upstream in memory that counts what is asked of it. */
class FakeUpstream {
  readonly log: string[] = [];
  readonly contents = new Map<string, Uint8Array>();
  readonly tags = new Map<string, Digest>();
  fault: Error | undefined;
  /** Waited for before each chunk. */
  gate: Promise<void> = Promise.resolve();

  add(tag: string, config: string, layer: string): Digest {
    for (const text of [config, layer]) this.#put(text);
    const digest = this.#put(manifestOf(config, layer));
    this.tags.set(tag, digest);
    return digest;
  }

  #put(text: string): Digest {
    const bytes = new Uint8Array(Buffer.from(text));
    this.contents.set(digestBytes(bytes), bytes);
    return digestBytes(bytes);
  }

  open(name: string): UpstreamRepository {
    const tell = (what: string): void => {
      this.log.push(`${name} ${what}`);
      if (this.fault !== undefined) throw this.fault;
    };
    return {
      resolve: async (reference) => {
        tell(`resolve ${reference}`);
        const digest = this.tags.get(reference) ?? (reference as Digest);
        const bytes = this.contents.get(digest);
        return bytes === undefined ? undefined : { mediaType: OCI_MANIFEST, digest, size: bytes.length };
      },
      sizeOf: async (digest) => {
        tell("size");
        return this.contents.get(digest)?.length;
      },
      openUnverified: ({ digest }) => this.#read(digest, () => tell("read")),
    };
  }

  async *#read(digest: Digest, tell: () => void): ByteStream {
    tell();
    const bytes = this.contents.get(digest) ?? new Uint8Array();
    for (let offset = 0; offset < bytes.length; offset += 1000) {
      await this.gate;
      yield bytes.slice(offset, offset + 1000);
    }
  }

  count(what: string): number {
    return this.log.filter((line) => line.endsWith(` ${what}`)).length;
  }
}

interface Proxy extends Fixture {
  readonly upstream: FakeUpstream;
}

function proxy(): Proxy {
  const [fixture, upstream] = [memoryRegistry(), new FakeUpstream()];
  const onError = (error: unknown): void => void fixture.errors.push(error);
  fixture.registry.pullThrough = new PullThrough(
    () => [CONFIG],
    (_, name) => upstream.open(name),
    onError,
  );
  return Object.assign(fixture, { upstream });
}

const LAYER = "x".repeat(5500);
const LAYER_DIGEST = digestBytes(Buffer.from(LAYER));

suite("pull-through", () => {
  test("pulls an image once and keeps it", async () => {
    await using registry = proxy();
    const { ask, upstream } = registry;
    const digest = upstream.add("v1", "{}", LAYER);
    for (let round = 0; round < 2; round += 1) {
      const manifest = await ask("GET /v2/hub/app/manifests/v1");
      assert.deepEqual([manifest.status, manifest.headers.get("docker-content-digest")], [200, digest]);
      assert.equal((await ask(`GET /v2/hub/app/blobs/${LAYER_DIGEST}`)).text, LAYER);
      await settled(registry);
    }
    assert.deepEqual(upstream.log, [
      "library/app resolve v1",
      "library/app read",
      "library/app size",
      "library/app read",
    ]);
    assert.deepEqual(JSON.parse((await ask("GET /v2/hub/app/tags/list")).text), { name: "hub/app", tags: ["v1"] });
    assert.equal(
      (await ask(`HEAD /v2/hub/app/blobs/${digestBytes(Buffer.from("{}"))}`)).headers.get("content-length"),
      "2",
    );
    assert.equal((await ask("GET /v2/hub/app/manifests/none")).status, 404);
    assert.equal((await ask(`GET /v2/hub/app/blobs/${digestBytes(Buffer.from("none"))}`)).status, 404);
    assert.equal((await ask("GET /v2/other/app/manifests/v1")).status, 404);
  });

  test("asks once however many want the same, and gives parts while it arrives", async () => {
    await using registry = proxy();
    const { ask, upstream } = registry;
    upstream.add("v1", "{}", LAYER);
    const gate = Promise.withResolvers<void>();
    upstream.gate = gate.promise;
    const manifests = Array.from({ length: 20 }, () => ask("GET /v2/hub/app/manifests/v1"));
    const blobs = Array.from({ length: 20 }, () => ask(`GET /v2/hub/app/blobs/${LAYER_DIGEST}`));
    const part = ask(`GET /v2/hub/app/blobs/${LAYER_DIGEST}`, { headers: { range: "bytes=10-19" } });
    setTimeout(gate.resolve, 20);
    for (const { status } of await Promise.all(manifests)) assert.equal(status, 200);
    for (const { text } of await Promise.all(blobs)) assert.equal(text, LAYER);
    assert.deepEqual([(await part).status, (await part).text], [206, "x".repeat(10)]);
    assert.deepEqual([upstream.count("resolve v1"), upstream.count("read")], [1, 2]);
  });

  test("answers with what it has while it asks whether a tag moved, and when nobody answers", async () => {
    await using registry = proxy();
    const { ask, upstream, clock } = registry;
    const first = upstream.add("v1", "{}", LAYER);
    const digestOf = async (): Promise<string | null> =>
      (await ask("GET /v2/hub/app/manifests/v1")).headers.get("docker-content-digest");
    assert.equal(await digestOf(), first);
    const second = upstream.add("v1", "{ }", LAYER);
    assert.equal(await digestOf(), first);
    clock.now += 1001;
    assert.equal(await digestOf(), first);
    await settled(registry);
    assert.equal(await digestOf(), second);
    clock.now += 1001;
    upstream.fault = new Error("nobody is there");
    assert.equal(await digestOf(), second);
    await settled(registry);
    assert.equal(registry.errors.length, 1);
    assert.deepEqual((await ask("GET /v2/hub/app/manifests/v2")).codes, ["UNAVAILABLE"]);
  });

  test("keeps and gives nothing whole that is not what its digest says", async () => {
    await using registry = proxy();
    const { ask, upstream } = registry;
    const digest = upstream.add("v1", "{}", LAYER);
    upstream.contents.set(LAYER_DIGEST, new Uint8Array(LAYER.length));
    await assert.rejects(ask(`GET /v2/hub/app/blobs/${LAYER_DIGEST}`));
    await settled(registry);
    assert.equal(await registry.registry.metadata.hasBlob(LAYER_DIGEST), false);
    upstream.contents.set(LAYER_DIGEST, Buffer.from(LAYER));
    assert.equal((await ask(`GET /v2/hub/app/blobs/${LAYER_DIGEST}`)).text, LAYER);
    upstream.contents.set(digest, Buffer.from("{}"));
    assert.equal((await ask("GET /v2/hub/app/manifests/v1")).status, 503);
    assert.equal(await registry.registry.metadata.hasRepository("hub/app"), true);
    assert.equal(await registry.registry.metadata.tagged("hub/app", "v1"), undefined);
  });

  test("heals what scrubbing finds damaged or missing", async () => {
    await using registry = proxy();
    const { ask, upstream } = registry;
    upstream.add("v1", "{}", LAYER);
    await ask(`GET /v2/hub/app/blobs/${LAYER_DIGEST}`);
    await settled(registry);
    const { storage } = registry.registry;
    for (const bytes of [Buffer.from("y".repeat(LAYER.length)), undefined]) {
      await storage.remove(LAYER_DIGEST);
      if (bytes !== undefined) await storage.store(LAYER_DIGEST, bytes);
      const { healed } = await scrub(registry.registry, { repair: true, bytesPerSecond: 1e9 });
      assert.deepEqual(healed, [LAYER_DIGEST]);
      assert.equal((await ask(`GET /v2/hub/app/blobs/${LAYER_DIGEST}`)).text, LAYER);
    }
    assert.deepEqual((await scrub(registry.registry)).missing, []);
  });

  test("knows an upstream by its namespace, and takes pushes beside it", async () => {
    await using registry = proxy();
    const { ask, upstream } = registry;
    upstream.add("v1", "{}", LAYER);
    const named = await ask("GET /v2/app/manifests/v1?ns=hub.test");
    assert.deepEqual([named.status, named.headers.get("oci-namespace")], [200, "hub.test"]);
    const other = await ask("GET /v2/app/manifests/v1?ns=169.254.169.254");
    assert.deepEqual([other.status, other.headers.get("oci-namespace")], [404, null]);
    await pushImage(ask, "hub/app", { tag: "own" });
    assert.equal((await ask("GET /v2/hub/app/manifests/own")).status, 200);
  });
});

/** Lets what goes on in the background end. */
async function settled({ registry }: Fixture): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => void setTimeout(resolve, 2));
  await registry.metadata.flush();
}
