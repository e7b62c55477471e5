import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import { assertComplete, sampleImage } from "@teu/content/testing/samples";
import { startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { randomOf, randomRules } from "@teu/registry-client/testing/random-faults";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { writeLayout } from "../registry-client/graphs.ts";
import { front, needsFront, node } from "./front.ts";

const PULLS = process.env["TEU_LONG_TESTS"] === "1" ? 500 : 12;
const WORKERS = 4;
const SEED = Number(process.env["TEU_TEST_SEED"] ?? Date.now() % 1_000_000);
const IMAGE = sampleImage("random", { layerBytes: [2_500_000, 1_200_000, 70_000] });

suite("teu-front", { skip: needsFront }, () => {
  const what = `${PULLS} pulls with random faults lose and corrupt nothing (TEU_TEST_SEED=${SEED})`;
  test(what, { timeout: 1_200_000 }, async () => {
    await using dir = await tempDir();
    await writeLayout(dir.join("layout"), { v1: IMAGE });
    let whole = 0;
    const worker = async (_: unknown, number: number): Promise<void> => {
      await using fake = await startFakeRegistry();
      const name = `${fake.host}/team/app:v1`;
      await node(dir, ["push", "-q", "oci:layout:v1", `docker://${name}`]);
      for (let pull = number; pull < PULLS; pull += WORKERS) {
        fake.faults.push(...randomRules(randomOf(SEED + pull), { longestMs: 50, hasStalls: false }));
        const came = await pulled(dir, name, pull);
        if (came) whole += 1;
        fake.faults.length = 0;
        // What failed goes on from what it left.
        if (!came) assert.ok(await pulled(dir, name, pull), `pull ${pull} without faults`);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
    assert.ok(whole > PULLS / 20, `only ${whole} of ${PULLS} pulls came through`);
  });
});

/** Pulls; tells whether that came through. Then it is whole, and else there is one error, perhaps with a hint, and no name. */
async function pulled(dir: TempDir, name: string, pull: number): Promise<boolean> {
  const { code, by, notes } = await front(dir, ["pull", "-q", name, `oci:pull-${pull}:v1`]);
  assert.equal(by, "front");
  const layout = dir.join(`pull-${pull}`);
  if (code !== 0) {
    assert.match(notes, /^(?:teu: [^\n]+\n){1,2}$/);
    assert.ok(!(await readdir(layout)).includes("index.json") || (await tagsOf(layout)).length === 0);
    return false;
  }
  await using store = await openLayout(layout);
  await assertComplete(store, IMAGE.root);
  return true;
}

async function tagsOf(layout: string): Promise<string[]> {
  await using store = await openLayout(layout);
  return await Array.fromAsync(store.tags());
}
