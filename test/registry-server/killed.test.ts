/**
 * A registry that is killed again and again under load: what it acknowledged is there, and nothing else stands in the way of
 * a push. With TEU_LONG_TESTS=1 500 times.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { tempDir } from "@teu/testing/temp-dir";
import { type Acknowledged, assertThere, nothing, pushOne, pushing } from "./pushing.ts";
import { startServiceNode } from "./server.ts";

const KILLS = process.env["TEU_LONG_TESTS"] === "1" ? Number(process.env["TEU_KILLS"] ?? "500") : 2;
const LANES = 6;
const MAX_LIFE_MS = 400;

test("a registry that is killed has everything that it acknowledged", async () => {
  await using dir = await tempDir();
  const config = await dir.write("registry.yaml", "requestsPerSecond: 0\n");
  const all: Acknowledged = nothing();
  let last: Acknowledged = nothing();
  for (let kill = 0; kill < KILLS; kill += 1) {
    await using node = await startServiceNode(config, dir.join("data"));
    await assertThere(node.url, last);
    last = nothing();
    const lanes = Array.from({ length: LANES }, (_, lane) => pushing(node.url, `${kill}-${lane}`, last));
    await sleep(Math.random() * MAX_LIFE_MS);
    const ended = once(node.process, "exit");
    node.process.kill("SIGKILL");
    await Promise.all([ended, ...lanes]);
    for (const [digest, size] of last.blobs) all.blobs.set(digest, size);
    for (const [tag, digest] of last.tags) all.tags.set(tag, digest);
  }
  await using node = await startServiceNode(config, dir.join("data"));
  await assertThere(node.url, all);
  const again = await pushOne(node.url, "after", last);
  assert.equal(again, true);
});
