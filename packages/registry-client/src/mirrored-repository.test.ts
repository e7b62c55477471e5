import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { openVerified, readVerified } from "@teu/content/verified-read";
import { parseReference } from "@teu/spec/reference";
import { tempDir } from "@teu/testing/temp-dir";
import { startFakeRegistry } from "./testing/fake-registry.ts";
import { UserRegistries } from "./user-registries.ts";

const IMAGE = sampleImage("mirrored", { layerBytes: [300_000] });
const [LAYER] = IMAGE.content;

/** A registry and a mirror, and the user's configuration that names both. */
async function world(pulls: string): Promise<
  AsyncDisposable & {
    readonly registries: UserRegistries;
    readonly origin: Awaited<ReturnType<typeof startFakeRegistry>>;
    readonly mirror: Awaited<ReturnType<typeof startFakeRegistry>>;
    readonly messages: readonly string[];
  }
> {
  const cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const origin = cleanup.use(await startFakeRegistry());
  const mirror = cleanup.use(await startFakeRegistry());
  const conf = await dir.write(
    "registries.conf",
    `[[registry]]\nlocation = "${origin.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}/copy"\npull-from-mirror = "${pulls}"\n`,
  );
  const messages: string[] = [];
  const registries = cleanup.use(
    new UserRegistries({
      env: { CONTAINERS_REGISTRIES_CONF: conf, HOME: dir.path },
      retry: { maxAttempts: 1 },
      onMessage: (message) => void messages.push(message),
    }),
  );
  const { host } = origin;
  await putAll(await registries.target(parseReference(`${host}/team/app`)), IMAGE);
  await (await registries.target(parseReference(`${host}/team/app`))).tag("v1", IMAGE.root);
  return { registries, origin, mirror, messages, [Symbol.asyncDispose]: async () => await cleanup.disposeAsync() };
}

suite("a repository with a mirror", () => {
  test("is read at the mirror first, and at the registry for what the mirror lacks", async () => {
    await using here = await world("all");
    here.mirror.content.addBlob("copy/team/app", LAYER?.bytes ?? new Uint8Array());
    const source = await here.registries.source(parseReference(`${here.origin.host}/team/app`));
    const root = await source.resolve("v1");
    assert.equal(root?.digest, IMAGE.root.digest);
    const before = here.origin.count("GET", "/blobs/");
    const target = new MemoryStore();
    await copy(source, target, IMAGE.root);
    for (const { descriptor, bytes } of IMAGE.content) assert.deepEqual(await readVerified(target, descriptor), bytes);
    assert.equal(here.mirror.count("HEAD", "/manifests/v1"), 1);
    assert.equal(here.origin.count("GET", "/blobs/"), before + 1, "the config alone came from the registry");
  });

  test("a mirror for digests is not asked what a tag stands for", async () => {
    await using here = await world("digest-only");
    const source = await here.registries.source(parseReference(`${here.origin.host}/team/app`));
    assert.equal((await source.resolve("v1"))?.digest, IMAGE.root.digest);
    assert.equal(here.mirror.count("HEAD", "/manifests/v1"), 0);
    assert.equal(await source.has(IMAGE.root), true);
    assert.ok(here.mirror.count("HEAD") > 0);
  });

  test("a mirror that lies or breaks is passed over, and named", async () => {
    await using here = await world("all");
    here.mirror.content.addBlob("copy/team/app", LAYER?.bytes ?? new Uint8Array());
    here.mirror.faults.push({ method: "GET", path: "/blobs/", fault: { kind: "flip", at: 3 } });
    here.mirror.faults.push({ method: "HEAD", path: "/manifests/", fault: { kind: "status", status: 500 } });
    const source = await here.registries.source(parseReference(`${here.origin.host}/team/app`));
    assert.equal((await source.resolve("v1"))?.digest, IMAGE.root.digest);
    const target = new MemoryStore();
    await copy(source, target, IMAGE.root);
    assert.equal(await target.has(IMAGE.root), true);
    assert.ok(
      here.messages.some((message) => message.includes("500")) &&
        here.messages.some((message) => message.includes("digest")),
    );
  });

  test("a mirror that lies about large content is not asked again, and the copy goes on", async () => {
    await using here = await world("all");
    const large = sampleImage("large", { layerBytes: [6_000_000, 5_000_000] });
    await putAll(await here.registries.target(parseReference(`${here.origin.host}/team/app`)), large);
    for (const { bytes } of large.content) here.mirror.content.addBlob("copy/team/app", bytes);
    here.mirror.faults.push({ method: "GET", path: "/blobs/", fault: { kind: "flip", at: 3 }, times: 100 });
    const source = await here.registries.source(parseReference(`${here.origin.host}/team/app`));
    for (const target of [
      new MemoryStore(),
      await here.registries.target(parseReference(`${here.origin.host}/other`)),
    ]) {
      await copy(source, target, large.root, { concurrency: 1 });
      for (const { descriptor } of large.content) for await (const _ of openVerified(target, descriptor));
    }
    const asked = here.mirror.requests.filter(
      ({ method, path }) => method === "GET" && path.includes("/blobs/"),
    ).length;
    assert.ok(asked <= 2, `${asked} blobs`);
    assert.equal(here.messages.filter((message) => message.includes("gave something else")).length, 1);
  });
});
