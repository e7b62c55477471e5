import assert from "node:assert/strict";
import { inspect } from "node:util";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage, sampleOf } from "@teu/content/testing/samples";
import { assertCode } from "@teu/testing/assert-code";
import type { Credential } from "../credentials/credential.ts";
import { NodeExchange } from "../http/node-exchange.ts";
import { Registry, type RegistryOptions } from "../registry.ts";
import type { FakeAuth } from "../testing/fake-auth.ts";
import { type FakeRegistry, startFakeRegistry } from "../testing/fake-registry.ts";

const SECRET = "canary-7f3a-Secret";
const USER: Credential = { kind: "basic", username: "me", password: SECRET };
const BASIC: FakeAuth = { kind: "basic", username: "me", password: SECRET };
const BEARER: FakeAuth = { ...BASIC, kind: "bearer", refreshToken: `${SECRET}-refresh` };
const IMAGE = sampleImage("auth", { layerBytes: [2_000_000, 10] });
const layer = sampleOf(2_000_000, 5).descriptor;

function connect(fake: FakeRegistry, credential?: Credential, options: RegistryOptions = {}): Registry & Disposable {
  const node = new NodeExchange();
  const registry = new Registry(fake.url, {
    exchange: node.exchange,
    credential: async () => credential,
    retry: { firstDelayMs: 1 },
    ...options,
  });
  return Object.assign(registry, { [Symbol.dispose]: () => node[Symbol.dispose]() });
}

async function push(registry: Registry, name = "team/app"): Promise<void> {
  const memory = new MemoryStore();
  await putAll(memory, IMAGE);
  await copy(memory, registry.repository(name), IMAGE.root, { tags: ["v1"] });
}

async function pull(registry: Registry, name = "team/app"): Promise<void> {
  await copy(registry.repository(name), new MemoryStore(), IMAGE.root);
}

suite("an authorizer", () => {
  for (const auth of [BASIC, BEARER, { ...BEARER, postOnly: true }]) {
    test(`pushes and pulls with user and password: ${auth.kind}${auth.postOnly === true ? " by POST" : ""}`, async () => {
      await using fake = await startFakeRegistry({ auth });
      using registry = connect(fake, USER);
      await push(registry);
      await pull(registry);
      assert.deepEqual(await Array.fromAsync(registry.repositories()), ["team/app"]);
    });
  }

  test("trades an identity token", async () => {
    await using fake = await startFakeRegistry({ auth: BEARER });
    using registry = connect(fake, { kind: "identity-token", token: `${SECRET}-refresh` });
    await push(registry);
    assert.equal(fake.count("GET", "/token"), 0);
    assert.ok(fake.count("POST", "/token") > 0);
  });

  test("waits for as long as a token server asks", async () => {
    await using fake = await startFakeRegistry({ auth: BEARER });
    const slept: number[] = [];
    using registry = connect(fake, USER, { retry: { random: () => 0, sleep: async (ms) => void slept.push(ms) } });
    fake.faults.push({
      path: "/token",
      times: 2,
      fault: { kind: "status", status: 429, headers: { "retry-after": "7" } },
    });
    await registry.ping();
    assert.deepEqual(slept, [7000, 7000]);
    fake.faults.push({ path: "/token", times: 9, fault: { kind: "status", status: 503 } });
    await assertCode(() => push(registry, "team/other"), "ERR_COPY_TARGET");
  });

  test("pulls without credentials where everybody may, and says how to log in where not", async () => {
    await using fake = await startFakeRegistry({ auth: { ...BEARER, anonymousPull: true } });
    using owner = connect(fake, USER);
    await push(owner);
    using registry = connect(fake);
    await pull(registry);
    const error = await assertCode(() => push(registry, "team/other"), "ERR_COPY_TARGET");
    assert.match(String(error.hint), /teu login 127\.0\.0\.1/);
  });

  test("wrong credentials are refused once, without being shown", async () => {
    for (const auth of [BASIC, BEARER]) {
      await using fake = await startFakeRegistry({ auth });
      using registry = connect(fake, { kind: "basic", username: "me", password: `${SECRET}-wrong` });
      const error = await assertCode(() => registry.ping(), "ERR_UNAUTHORIZED");
      assert.ok(!inspect(error, { depth: 9 }).includes(SECRET));
      assert.ok(fake.requests.length <= 3, `${fake.requests.length} requests`);
    }
  });

  test("one token serves all who want it at the same time, and until it ends", async () => {
    let now = 1_000_000;
    await using fake = await startFakeRegistry({ auth: { ...BEARER, expiresInSeconds: 100 } });
    using registry = connect(fake, USER, { nowMs: () => now });
    fake.content.addBlob("team/app", new Uint8Array([1]));
    const repository = registry.repository("team/app");
    const digest = fake.content.addManifest(
      "team/app",
      { bytes: new Uint8Array(2), mediaType: "application/vnd.oci.image.manifest.v1+json" },
      "v1",
    );
    await Promise.all(
      Array.from({ length: 8 }, async () => assert.equal((await repository.resolve("v1"))?.digest, digest)),
    );
    assert.equal(fake.count("GET", "/token"), 1);
    const before = fake.requests.length;
    await repository.resolve("v1");
    assert.equal(fake.requests.length, before + 1);
    now += 96_000;
    await repository.resolve("v1");
    assert.equal(fake.count("GET", "/token"), 2);
  });

  test("a token that is refused is fetched anew, once", async () => {
    await using fake = await startFakeRegistry({ auth: BEARER });
    using registry = connect(fake, USER);
    await push(registry);
    const tokens = fake.count("GET", "/token");
    const challenge = `Bearer realm="${new URL("/token", fake.url).href}",service="fake",scope="repository:team/app:pull"`;
    const refusal = { status: 401, headers: { "www-authenticate": challenge } } as const;
    fake.faults.push({ method: "HEAD", fault: { kind: "status", ...refusal } });
    assert.notEqual(await registry.repository("team/app").resolve("v1"), undefined);
    assert.equal(fake.count("GET", "/token"), tokens + 1);
    fake.faults.push({ method: "HEAD", times: 9, fault: { kind: "status", ...refusal } });
    await assertCode(() => registry.repository("team/app").resolve("v1"), "ERR_UNAUTHORIZED");
  });

  test("a mount asks for both repositories at once", async () => {
    await using fake = await startFakeRegistry({ auth: BEARER });
    using registry = connect(fake, USER);
    await push(registry);
    const uploads = fake.count("PATCH") + fake.count("PUT", "uploads");
    await copy(registry.repository("team/app"), registry.repository("team/copy"), IMAGE.root, { tags: ["v1"] });
    assert.equal(fake.count("PATCH") + fake.count("PUT", "uploads"), uploads);
    assert.ok(
      fake.requests.some(
        ({ path }) => path.includes("team%2Fapp%3Apull") && path.includes("team%2Fcopy%3Apull%2Cpush"),
      ),
    );
  });
});

suite("credentials go nowhere else", () => {
  for (const auth of [BASIC, BEARER]) {
    test(`not after a redirect, not to an upload elsewhere: ${auth.kind}`, async () => {
      await using fake = await startFakeRegistry({ auth });
      await using foreign = await startFakeRegistry();
      using registry = connect(fake, USER);
      await push(registry);
      await copyOver(fake, foreign);
      fake.faults.push({
        method: "GET",
        path: "/blobs/",
        times: 9,
        fault: { kind: "redirect", to: new URL(`/v2/team/app/blobs/${layer.digest}`, foreign.url).href },
      });
      await Array.fromAsync(registry.repository("team/app").openUnverified(layer));
      foreign.content.begin("team/other");
      const location = new URL("/v2/team/other/blobs/uploads/upload-1", foreign.url).href;
      fake.faults.push({
        method: "POST",
        path: "uploads",
        times: 9,
        fault: { kind: "headers", headers: { location } },
      });
      await push(registry, "team/other").catch(() => {});
      assert.ok(foreign.requests.length >= 2);
      for (const { headers } of foreign.requests) assert.equal(headers.authorization, undefined);
      assertSilent(foreign);
    });
  }

  test("not back to the registry once led away", async () => {
    await using fake = await startFakeRegistry({ auth: BASIC });
    await using foreign = await startFakeRegistry();
    using registry = connect(fake, USER);
    await push(registry);
    const path = `/v2/team/app/manifests/${IMAGE.root.digest}`;
    fake.faults.push({ method: "HEAD", fault: { kind: "redirect", to: new URL("/x", foreign.url).href }, skip: 1 });
    foreign.faults.push({ fault: { kind: "redirect", to: new URL(path, fake.url).href } });
    await registry.repository("team/app").has(IMAGE.root);
    await assertCode(() => registry.repository("team/app").has(IMAGE.root), "ERR_UNAUTHORIZED");
  });

  test("not to a token server that has no TLS, or lies where it must not", async () => {
    for (const realm of [
      "http://example.com/token",
      "http://169.254.169.254/token",
      "https://10.0.0.1/",
      "https://me:pw@example.com/",
    ]) {
      const challenge = { status: 401, headers: new Headers({ "www-authenticate": `Bearer realm="${realm}"` }) };
      const asked: string[] = [];
      const registry = new Registry("https://registry.example.com", {
        credential: async () => USER,
        exchange: async ({ url }) => {
          asked.push(url.host);
          return { ...challenge, body: (async function* () {})(), discard: async () => {} };
        },
      });
      await assertCode(() => registry.ping(), "ERR_ADDRESS_REFUSED");
      assert.deepEqual(asked, ["registry.example.com"]);
    }
  });
});

function assertSilent(foreign: FakeRegistry): void {
  const seen = JSON.stringify(foreign.requests);
  assert.ok(!seen.includes(SECRET) && !seen.includes(Buffer.from(`me:${SECRET}`).toString("base64")));
}

async function copyOver(from: FakeRegistry, to: FakeRegistry): Promise<void> {
  for (const bytes of from.content.repository("team/app").blobs.values()) to.content.addBlob("team/app", bytes);
}
