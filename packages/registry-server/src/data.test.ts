import assert from "node:assert/strict";
import { appendFile, readdir, rm, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { scrub } from "./collect/scrub.ts";
import { openData, readTokenKey, rebuildData } from "./data.ts";
import { createHandler } from "./handler.ts";
import { type Ask, askHandler, pushBlob, pushImage } from "./testing/fixture.ts";

async function withRegistry(dir: TempDir, work: (ask: Ask) => Promise<void>): Promise<void> {
  await using data = await openData(dir.path);
  await work(askHandler(createHandler({ registry: data.registry })));
}

const LEASE = { leaseMs: 1000 };

suite("data of a registry", () => {
  test("outlasts the process, uploads under way included", async () => {
    await using dir = await tempDir();
    let location = "";
    const digest = digestBytes(Buffer.from("0123456789"));
    await withRegistry(dir, async (ask) => {
      await pushImage(ask, "a/b");
      location = (await ask("POST /v2/a/b/blobs/uploads/")).headers.get("location") ?? "";
      await ask(`PATCH ${location}`, { body: "01234" });
    });
    await withRegistry(dir, async (ask) => {
      assert.equal((await ask("GET /v2/a/b/manifests/latest")).status, 200);
      assert.equal((await ask(`GET ${location}`)).headers.get("range"), "0-4");
      const headers = { "content-range": "5-9" };
      assert.equal((await ask(`PUT ${location}?digest=${digest}`, { body: "56789", headers })).status, 201);
      assert.equal((await ask(`GET /v2/a/b/blobs/${digest}`)).text, "0123456789");
    });
    assert.deepEqual(await readdir(dir.join("uploads")), []);
  });

  test("belongs to one process", async () => {
    await using dir = await tempDir();
    await using _data = await openData(dir.path);
    await assertCode(() => openData(dir.path), "ERR_REGISTRY_BUSY");
    await assertCode(() => rebuildData(dir.path, LEASE), "ERR_REGISTRY_BUSY");
  });

  test("is made anew when the database is lost", async () => {
    await using dir = await tempDir();
    let [kept, deleted, lost] = ["", "", ""];
    await withRegistry(dir, async (ask) => {
      kept = await pushImage(ask, "a", { tag: "v1", seed: "1" });
      await pushImage(ask, "a", { tag: "v2", seed: "1" });
      deleted = await pushImage(ask, "a", { tag: "v3", seed: "3" });
      await ask(`DELETE /v2/a/manifests/${deleted}`);
      await ask("DELETE /v2/a/manifests/v2");
      await ask(`POST /v2/b/blobs/uploads/?from=a&mount=${digestBytes(Buffer.from("layer 1"))}`);
      // Its layer will be missing; a mount of it as well, and a blob that no manifest needs.
      await pushImage(ask, "c", { seed: "5" });
      lost = await pushBlob(ask, "c", "layer 5");
      await ask(`POST /v2/d/blobs/uploads/?from=c&mount=${lost}`);
      await pushBlob(ask, "c", "collected");
    });
    for (const name of ["metadata.db", "metadata.db-wal", "metadata.db-shm"]) await rm(dir.join(name), { force: true });
    for (const hex of [lost, digestBytes(Buffer.from("collected"))].map((digest) => digest.slice(7)))
      await rm(dir.join("blobs/sha256", hex.slice(0, 2), hex));
    // A record that a crash cut off.
    await appendFile(dir.join("journal"), '{"op":"link","re');
    const { lost: found, ended } = await rebuildData(dir.path, LEASE);
    assert.deepEqual([found, ended], [[{ repo: "c", digest: lost }], 2]);
    await withRegistry(dir, async (ask) => {
      assert.equal((await ask("GET /v2/a/manifests/v1")).headers.get("docker-content-digest"), kept);
      assert.deepEqual(JSON.parse((await ask("GET /v2/a/tags/list")).text), { name: "a", tags: ["v1"] });
      assert.equal((await ask(`GET /v2/a/manifests/${deleted}`)).status, 404);
      assert.equal((await ask(`HEAD /v2/b/blobs/${digestBytes(Buffer.from("layer 1"))}`)).status, 200);
      assert.equal((await ask(`HEAD /v2/c/blobs/${lost}`)).status, 404);
      assert.equal((await ask("POST /v2/a/_teu/restore?tag=v3")).status, 201);
      await pushImage(ask, "a", { tag: "v4", seed: "4" });
    });
    await rebuildData(dir.path, LEASE);
    await withRegistry(dir, async (ask) => assert.equal((await ask("GET /v2/a/manifests/v4")).status, 200));
  });

  test("is scrubbed: what is damaged, missing or unknown is found, and a push heals it", async () => {
    await using dir = await tempDir();
    await using data = await openData(dir.path);
    const ask = askHandler(createHandler({ registry: data.registry }));
    const [fine, damaged, missing] = await Promise.all(
      ["fine", "damaged", "missing"].map((text) => pushBlob(ask, "a", text)),
    );
    const path = (digest = ""): string => dir.join("blobs/sha256", digest.slice(7, 9), digest.slice(7));
    await writeFile(path(damaged), "dAmaged");
    await rm(path(missing));
    const stray = digestBytes(Buffer.from("stray"));
    await data.registry.storage.store(stray, Buffer.from("stray"));
    const found = await scrub(data.registry, { repair: true });
    assert.deepEqual([found.checked, found.damaged, found.missing, found.strays], [3, [damaged], [missing], [stray]]);
    // Clients leave out what is there.
    for (const digest of [damaged, missing]) assert.equal((await ask(`HEAD /v2/a/blobs/${digest}`)).status, 404);
    for (const text of ["damaged", "missing"]) await pushBlob(ask, "a", text);
    const again = await scrub(data.registry);
    assert.deepEqual([again.checked, again.damaged, again.missing, again.strays], [3, [], [], []]);
    assert.equal((await ask(`GET /v2/a/blobs/${fine}`)).text, "fine");
  });

  test("has one key for tokens, which only the owner reads", async () => {
    await using dir = await tempDir();
    assert.equal(await readTokenKey(dir.path), await readTokenKey(dir.path));
  });

  test("has no files of uploads that nobody knows", async () => {
    await using dir = await tempDir();
    await dir.write("uploads/stray", "x");
    await withRegistry(dir, async () => assert.deepEqual(await readdir(dir.join("uploads")), []));
  });
});
