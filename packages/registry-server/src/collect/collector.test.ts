import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import * as fc from "fast-check";
import { type Fixture, manifestOf, memoryRegistry, pushBlob, pushImage, pushManifest } from "../testing/fixture.ts";
import { collectGarbage } from "./collector.ts";
import { applyRetention, planRetention } from "./retention.ts";

const HOUR = 3_600_000;
const OPTIONS = { undeleteMs: 10 * HOUR, doomedMs: HOUR };
const settings = { leaseMs: 24 * HOUR };

async function stored({ registry }: Fixture): Promise<number> {
  return (await Array.fromAsync(registry.storage.list())).length;
}

suite("collection", () => {
  test("removes what no manifest needs once its lease is over, in two steps", async () => {
    await using fixture = memoryRegistry({ settings });
    await pushImage(fixture.ask, "a");
    const loose = await pushBlob(fixture.ask, "a", "loose");
    assert.deepEqual((await collectGarbage(fixture.registry, OPTIONS)).links, 0);
    fixture.clock.now += 25 * HOUR;
    assert.deepEqual((await collectGarbage(fixture.registry, OPTIONS)).links, 1);
    assert.equal((await fixture.ask(`HEAD /v2/a/blobs/${loose}`)).status, 404);
    assert.equal(await stored(fixture), 3);
    fixture.clock.now += 2 * HOUR;
    const { blobs, bytes } = await collectGarbage(fixture.registry, OPTIONS);
    assert.deepEqual([blobs, bytes, await stored(fixture)], [1, 5, 2]);
    assert.equal((await fixture.ask("GET /v2/a/manifests/latest")).status, 200);
  });

  test("spares what a push asked for, pushed again or mounted", async () => {
    await using fixture = memoryRegistry({ settings });
    const [asked, again, mounted] = await Promise.all(
      ["one", "two", "three"].map((text) => pushBlob(fixture.ask, "a", text)),
    );
    fixture.clock.now += 20 * HOUR;
    await fixture.ask(`HEAD /v2/a/blobs/${asked}`);
    await pushBlob(fixture.ask, "a", "two");
    await fixture.ask(`POST /v2/b/blobs/uploads/?mount=${mounted}&from=a`);
    fixture.clock.now += 10 * HOUR;
    await collectGarbage(fixture.registry, OPTIONS);
    fixture.clock.now += 5 * HOUR;
    await collectGarbage(fixture.registry, OPTIONS);
    assert.equal((await fixture.ask(`HEAD /v2/a/blobs/${asked}`)).status, 200);
    assert.equal((await fixture.ask(`HEAD /v2/a/blobs/${again}`)).status, 200);
    assert.equal((await fixture.ask(`HEAD /v2/b/blobs/${mounted}`)).status, 200);
    assert.equal((await fixture.ask(`HEAD /v2/a/blobs/${mounted}`)).status, 404);
  });

  test("takes back to life what is pushed while it is doomed", async () => {
    await using fixture = memoryRegistry({ settings });
    const digest = await pushBlob(fixture.ask, "a", "text");
    fixture.clock.now += 25 * HOUR;
    await collectGarbage(fixture.registry, OPTIONS);
    await pushBlob(fixture.ask, "a", "text");
    fixture.clock.now += 2 * HOUR;
    assert.equal((await collectGarbage(fixture.registry, OPTIONS)).blobs, 0);
    assert.equal((await fixture.ask(`GET /v2/a/blobs/${digest}`)).text, "text");
  });

  test("keeps what a deleted manifest needs as long as it can be restored", async () => {
    await using fixture = memoryRegistry({ settings });
    const digest = await pushImage(fixture.ask, "a");
    fixture.clock.now += 25 * HOUR;
    await fixture.ask(`DELETE /v2/a/manifests/${digest}`);
    fixture.clock.now += 5 * HOUR;
    const first = await collectGarbage(fixture.registry, OPTIONS);
    assert.deepEqual([first.manifests, first.links], [0, 0]);
    fixture.clock.now += 6 * HOUR;
    const second = await collectGarbage(fixture.registry, OPTIONS);
    assert.deepEqual([second.manifests, second.links], [1, 2]);
    assert.equal((await fixture.ask("POST /v2/a/_teu/restore?tag=latest")).status, 404);
  });

  test("never breaks a push, whatever happens at the same time", async () => {
    const step = fc.record({
      op: fc.constantFrom("push", "blob", "manifest", "delete", "collect", "wait", "mount"),
      repo: fc.constantFrom("a", "b"),
      seed: fc.constantFrom("1", "2"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }), async (rounds) => {
        await using fixture = memoryRegistry({ settings });
        for (const round of rounds) await Promise.all(round.map((each) => perform(fixture, each)));
        await assertWhole(fixture);
        assert.deepEqual(fixture.errors, []);
      }),
      { numRuns: 60 },
    );
  });
});

async function perform(
  fixture: Fixture,
  { op, repo, seed }: { readonly op: string; readonly repo: string; readonly seed: string },
): Promise<void> {
  const { ask, registry, clock } = fixture;
  const [config, layer] = [`{"seed":"${seed}"}`, `layer ${seed}`];
  const body = manifestOf(config, layer);
  const layerDigest = digestBytes(Buffer.from(layer));
  switch (op) {
    case "push":
      // Must succeed: time does not pass the lease between its steps.
      return void (await pushImage(ask, repo, { seed, tag: `t${seed}` }));
    case "blob":
      return void (await pushBlob(ask, repo, layer));
    case "manifest":
      return void (await pushManifest(ask, `${repo}/manifests/m`, body));
    case "delete":
      return void (await ask(`DELETE /v2/${repo}/manifests/${digestBytes(Buffer.from(body))}`));
    case "mount":
      return void (await ask(`POST /v2/${repo}/blobs/uploads/?mount=${layerDigest}`));
    case "wait":
      clock.now += 9 * HOUR;
      return;
    default:
      await collectGarbage(registry, OPTIONS);
  }
}

/** Every manifest that stands has all its blobs, and their bytes. */
async function assertWhole({ ask, registry }: Fixture): Promise<void> {
  for (const repo of await registry.metadata.repositories({ limit: 10 })) {
    for (const { digest } of await registry.metadata.aged(repo)) {
      const { text } = await ask(`GET /v2/${repo}/manifests/${digest}`);
      const { config, layers } = JSON.parse(text) as { config: { digest: string }; layers: { digest: string }[] };
      for (const blob of [config, ...layers]) {
        const { status, bytes } = await ask(`GET /v2/${repo}/blobs/${blob.digest}`);
        assert.deepEqual([status, digestBytes(bytes)], [200, blob.digest]);
      }
    }
  }
}

suite("retention", () => {
  test("keeps the last tags, patterns, what is recent, fixed or held", async () => {
    const rules = () => ({ isFixed: (tag: string) => tag === "fixed" });
    await using fixture = memoryRegistry({ settings: { ...settings, rules } });
    for (const tag of ["fixed", "v1", "old1", "old2", "new1", "new2"]) {
      fixture.clock.now += HOUR;
      await pushImage(fixture.ask, "a", { tag, seed: tag });
    }
    const plan = await planRetention(fixture.registry, "a", { keepLast: 2, keepTags: ["v*"] });
    assert.deepEqual(plan.manifests.flatMap(({ tags }) => tags).toSorted(), ["old1", "old2"]);
    const recent = await planRetention(fixture.registry, "a", { keepLast: 0, keepTags: [], pushedWithinMs: HOUR * 3 });
    assert.deepEqual(recent.manifests.flatMap(({ tags }) => tags).toSorted(), ["v1"]);
    assert.equal(await applyRetention(fixture.registry, plan), 2);
    const { text } = await fixture.ask("GET /v2/a/tags/list");
    assert.deepEqual((JSON.parse(text) as { tags: string[] }).tags, ["fixed", "new1", "new2", "v1"]);
  });

  test("keeps what was pulled", async () => {
    await using fixture = memoryRegistry({ settings });
    await pushImage(fixture.ask, "a", { tag: "pulled", seed: "1" });
    await pushImage(fixture.ask, "a", { tag: "not", seed: "2" });
    fixture.clock.now += 20 * HOUR;
    await fixture.ask("GET /v2/a/manifests/pulled");
    await fixture.registry.metadata.flush();
    const plan = await planRetention(fixture.registry, "a", { keepTags: [], pulledWithinMs: HOUR });
    assert.deepEqual(
      plan.manifests.flatMap(({ tags }) => tags),
      ["not"],
    );
  });
});
