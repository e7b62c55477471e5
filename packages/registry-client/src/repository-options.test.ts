import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage, sampleOf } from "@teu/content/testing/samples";
import { readVerified } from "@teu/content/verified-read";
import { OCI_NONDISTRIBUTABLE_LAYER } from "@teu/spec/media-types";
import { assertCode } from "@teu/testing/assert-code";
import type { Credential } from "./credentials/credential.ts";
import { NodeExchange } from "./http/node-exchange.ts";
import { Registry } from "./registry.ts";
import { type FakeOptions, type FakeRegistry, startFakeRegistry } from "./testing/fake-registry.ts";

const IMAGE = sampleImage("options", { layerBytes: [2_000_000, 10] });
const [LAYER] = IMAGE.content;
assert.ok(LAYER !== undefined);

interface World extends AsyncDisposable {
  readonly fake: FakeRegistry;
  readonly registry: Registry;
  readonly warnings: readonly string[];
}

async function world(options: FakeOptions = {}): Promise<World> {
  const fake = await startFakeRegistry(options);
  const node = new NodeExchange();
  const warnings: string[] = [];
  const onWarning = (text: string): void => void warnings.push(text);
  const registry = new Registry(fake.url, { exchange: node.exchange, onWarning });
  return {
    fake,
    registry,
    warnings,
    [Symbol.asyncDispose]: async () => {
      node[Symbol.dispose]();
      await fake[Symbol.asyncDispose]();
    },
  };
}

suite("layers from elsewhere", () => {
  const foreign = sampleOf(5000, 77, OCI_NONDISTRIBUTABLE_LAYER);

  test("are read from the addresses in their descriptors where that is wanted, without credentials, verified", async () => {
    await using here = await world();
    await using other = await startFakeRegistry();
    await putAll(new Registry(other.url).repository("layers"), { root: foreign.descriptor, content: [foreign] });
    const address = (host: string): string => `http://${host}/v2/layers/blobs/${foreign.descriptor.digest}`;
    const urls = [
      `http://me:pw@${other.host}/`,
      "file:///etc/passwd",
      `${address(here.fake.host)}?gone`,
      address(other.host),
    ];
    const descriptor = { ...foreign.descriptor, urls };
    const willing = here.registry.repository("team/app", { foreignUrls: true });
    assert.deepEqual(await readVerified(willing, descriptor), foreign.bytes);
    assert.equal(other.requests.at(-1)?.headers.authorization, undefined);
    await assertCode(() => readVerified(here.registry.repository("team/app"), descriptor), "ERR_BLOB_MISSING");
    other.faults.push({ path: "/blobs/", fault: { kind: "flip", at: 7 } });
    await assertCode(() => readVerified(willing, descriptor), "ERR_BLOB_DIGEST");
    assert.ok(other.requests.every(({ path }) => path.includes("/v2/layers/")));
  });

  test("are pushed only where that is wanted", async () => {
    await using here = await world();
    assert.equal(here.registry.repository("a").wants(foreign.descriptor), false);
    assert.equal(here.registry.repository("a", { pushRestricted: true }).wants(foreign.descriptor), true);
  });
});

suite("mounts", () => {
  test("take blobs from where they are known to be, and name that", async () => {
    await using here = await world();
    const from = here.registry.repository("team/base");
    await putAll(from, IMAGE);
    const sent = here.fake.count("PATCH") + here.fake.count("PUT", "/blobs/");
    await copy(from, here.registry.repository("team/app"), IMAGE.root, { tags: ["v1"] });
    assert.equal(here.fake.count("PATCH") + here.fake.count("PUT", "/blobs/"), sent);
    assert.equal(here.fake.count("POST", "from=team%2Fbase"), 3);
  });

  test("ask any repository where that is wanted, and go on as uploads where there is none", async () => {
    for (const mountsAnywhere of [true, false]) {
      await using here = await world({ mountsAnywhere });
      await putAll(here.registry.repository("team/base"), IMAGE);
      const memory = new MemoryStore();
      await putAll(memory, IMAGE);
      const before = here.fake.requests.length;
      await copy(memory, here.registry.repository("team/app", { mountAnywhere: true }), IMAGE.root, { tags: ["v1"] });
      const later = here.fake.requests.slice(before);
      const mounts = later.filter(({ method, path }) => method === "POST" && path.includes("mount="));
      assert.equal(mounts.length, 3);
      assert.ok(mounts.every(({ path }) => !path.includes("from=")));
      assert.equal(later.filter(({ method }) => method === "POST").length, 3, "what a mount began is gone on with");
      assert.equal(
        later.some(({ method, bodyBytes }) => method === "PUT" && bodyBytes === LAYER.descriptor.size),
        !mountsAnywhere,
      );
      assert.deepEqual(await readVerified(here.registry.repository("team/app"), LAYER.descriptor), LAYER.bytes);
    }
  });
});

test("several tags are set in one request where the registry knows how, else one by one", async () => {
  for (const multiTag of [true, false]) {
    await using here = await world({ multiTag });
    const repository = here.registry.repository("team/app");
    await putAll(repository, IMAGE);
    const before = here.fake.count("PUT", "/manifests/");
    await repository.tagAll(["v1", "v1.2", "latest"], IMAGE.root);
    assert.equal(here.fake.count("PUT", "/manifests/") - before, multiTag ? 1 : 4);
    assert.deepEqual(await Array.fromAsync(repository.tags()), ["latest", "v1", "v1.2"]);
    const many = Array.from({ length: 23 }, (_, at) => `m${at}`);
    const earlier = here.fake.count("PUT", "/manifests/");
    await copy(repository, here.registry.repository("team/many"), IMAGE.root, { tags: many });
    assert.equal(here.fake.count("PUT", "/manifests/") - earlier, multiTag ? 1 + 3 : 1 + 1 + 23);
    assert.equal((await Array.fromAsync(here.registry.repository("team/many").tags())).length, 23);
    await assertCode(() => repository.tagAll(["good", "no tag"], IMAGE.root), "ERR_TAG_INVALID");
  }
});

test("a proxy is told whose content it is asked for, whenever something is read", async () => {
  await using here = await world();
  await putAll(here.registry.repository("team/app"), IMAGE);
  const proxied = here.registry.repository("team/app", { namespace: "registry.example.com:5000" });
  await proxied.tag("v1", IMAGE.root);
  const before = here.fake.requests.length;
  await copy(proxied, new MemoryStore(), IMAGE.root);
  await proxied.resolve("v1");
  await Array.fromAsync(proxied.referrers(IMAGE.root));
  const asked = here.fake.requests.slice(before).map(({ path }) => path);
  assert.ok(asked.length >= 6);
  for (const path of asked) assert.match(path, /[?&]ns=registry\.example\.com%3A5000(?:&|$)/);
});

test("a warning is told once, however often it comes", async () => {
  await using here = await world({ warnings: ["this registry closes soon", "and moves"] });
  const repository = here.registry.repository("team/app");
  await putAll(repository, IMAGE);
  await copy(repository, new MemoryStore(), IMAGE.root);
  assert.deepEqual(here.warnings, ["this registry closes soon", "and moves"]);
});

test("uploads go on wherever they are said to, queries and all", async () => {
  await using here = await world();
  const forms = [
    (upload: string): string => `/v2/team/app/blobs/uploads/${upload}?state=0&sig=a%2Fb%3D`,
    (upload: string): string => `${here.fake.url.href}v2/team/app/blobs/uploads/${upload}?state=0&sig=a%2Fb%3D`,
    (upload: string): string => `${upload}?state=0&sig=a%2Fb%3D`,
  ];
  for (const [at, form] of forms.entries())
    for (const chunkBytes of [undefined, 1_000_000]) {
      const sample = sampleOf(1_500_000, 50 + here.fake.count("POST"));
      const location = form(`upload-${here.fake.count("POST") + 1}`);
      here.fake.faults.push({ method: "POST", fault: { kind: "headers", headers: { location } } });
      const before = here.fake.requests.length;
      await here.registry.repository("team/app", { chunkBytes }).put(sample.descriptor, [sample.bytes]);
      const [first, ...later] = here.fake.requests.slice(before).filter(({ bodyBytes }) => bodyBytes > 0);
      assert.match(first?.path ?? "", /\?state=0&sig=a%2Fb%3D(&digest=sha256[^&]*)?$/, `form ${at}`);
      for (const { path } of later) assert.match(path, /\?state=1\d+$/);
      assert.ok(await here.registry.repository("team/app").has(sample.descriptor));
    }
});

test("a redirect to another host takes no credentials along, and brings none back", async () => {
  const user = { username: "me", password: "canary-31f0-Secret" };
  for (const kind of ["basic", "bearer"] as const) {
    await using origin = await startFakeRegistry({ auth: { kind, ...user } });
    await using other = await startFakeRegistry();
    using node = new NodeExchange();
    const credential = async (): Promise<Credential> => ({ kind: "basic", ...user });
    const registry = new Registry(origin.url, {
      exchange: node.exchange,
      credential,
      headers: { "x-secret": "canary" },
    });
    const repository = registry.repository("team/app");
    await putAll(repository, IMAGE);
    await putAll(new Registry(other.url).repository("team/app"), IMAGE);
    const path = `v2/team/app/blobs/${LAYER.descriptor.digest}`;
    const away = { path: "/blobs/", fault: { kind: "redirect", to: `${other.url.href}${path}?sig=x` } } as const;
    origin.faults.push({ ...away });
    assert.deepEqual(await readVerified(repository, LAYER.descriptor), LAYER.bytes);
    // Led away and back, and again when it is asked once more with a name.
    origin.faults.push({ ...away }, { ...away, skip: 1 });
    other.faults.push({ path: "/blobs/", times: 4, fault: { kind: "redirect", to: `${origin.url.href}${path}?away` } });
    await assertCode(() => readVerified(repository, LAYER.descriptor), "ERR_UNAUTHORIZED");
    assert.equal(origin.requests.at(-1)?.headers.authorization, undefined);
    const seen = other.requests.map(({ headers }) => JSON.stringify(headers)).join("");
    assert.doesNotMatch(seen, /authorization|canary|secret/i);
  }
});
