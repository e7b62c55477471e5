import assert from "node:assert/strict";
import { test } from "node:test";
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";
import { type SampleGraph, putAll, sampleImage, sampleIndex } from "@teu/content/testing/samples";
import { readVerified } from "@teu/content/verified-read";
import { isTeuError } from "@teu/std/error";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { NodeExchange } from "./http/node-exchange.ts";
import { Registry } from "./registry.ts";
import { type FakeRegistry, startFakeRegistry } from "./testing/fake-registry.ts";
import { randomOf, randomRules } from "./testing/random-faults.ts";

const PULLS = process.env["TEU_LONG_TESTS"] === "1" ? 1000 : 30;
const WORKERS = 6;
const QUIET_MS = 200;
const SEED = Number(process.env["TEU_TEST_SEED"] ?? Date.now() % 1_000_000);
const IMAGE: SampleGraph = sampleIndex([
  [sampleImage("one", { layerBytes: [1_500_000, 70_000] }), { os: "linux", architecture: "amd64" }],
  [sampleImage("other", { layerBytes: [20_000, 0] }), { os: "linux", architecture: "arm64" }],
]);

test(
  `${PULLS} pulls with random faults lose and corrupt nothing (TEU_TEST_SEED=${SEED})`,
  { timeout: 1_200_000 },
  async () => {
    await using dir = await tempDir();
    const tally = { whole: 0, failed: 0 };
    const worker = async (_: unknown, number: number): Promise<void> => {
      await using fake = await startFakeRegistry();
      using node = new NodeExchange({ headersTimeoutMs: QUIET_MS, stallTimeoutMs: QUIET_MS });
      await putAll(new Registry(fake.url).repository("team/app"), IMAGE);
      for (let pull = number; pull < PULLS; pull += WORKERS) {
        const isWhole = await pullOnce({ fake, node, dir }, pull);
        tally[isWhole ? "whole" : "failed"] += 1;
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
    assert.equal(tally.whole + tally.failed, PULLS);
    assert.ok(tally.whole > PULLS / 20, `only ${tally.whole} of ${PULLS} pulls came through`);
  },
);

interface World {
  readonly fake: FakeRegistry;
  readonly node: NodeExchange;
  readonly dir: TempDir;
}

/** Pulls with faults; tells whether that came through. Where it failed, a second pull goes on from what it left. */
async function pullOnce({ fake, node, dir }: World, pull: number): Promise<boolean> {
  const random = randomOf(SEED + pull);
  const layout = await openLayout(dir.join(`pull-${pull}`), { create: true, durable: false });
  const parallelRanges = random() < 0.3 ? 3 : 1;
  const retry = { maxTotalMs: 5000, sleep: async (): Promise<void> => {} };
  const registry = new Registry(fake.url, { exchange: node.exchange, retry });
  const source = registry.repository("team/app", { parallelRanges, rangeBytes: 300_000 });
  fake.faults.push(...randomRules(random, { longestMs: QUIET_MS / 4, hasStalls: true }));
  try {
    await copy(source, layout, IMAGE.root, { tags: ["v1"] });
    await assertWhole(layout);
    return true;
  } catch (error) {
    assert.ok(isTeuError(error), String(error));
    assert.equal(await layout.resolve("v1"), undefined, "a tag for what is not whole");
    fake.faults.length = 0;
    await copy(source, layout, IMAGE.root, { tags: ["v1"] });
    await assertWhole(layout);
    return false;
  } finally {
    fake.faults.length = 0;
  }
}

async function assertWhole(layout: Awaited<ReturnType<typeof openLayout>>): Promise<void> {
  assert.equal((await layout.resolve("v1"))?.digest, IMAGE.root.digest);
  for (const { descriptor, bytes } of IMAGE.content) assert.deepEqual(await readVerified(layout, descriptor), bytes);
}
