import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { projectRoot } from "../project.ts";
import { startLane } from "./lane.ts";
import type { Outcome } from "./run-files.ts";

const HEAD = 'import { test } from "node:test"; import { spawnSync } from "node:child_process";';

suite("a lane of tests", { concurrency: true }, () => {
  test("tells what came of every test", async () => {
    assert.deepEqual(await outcomes("test('a', () => {}); test('b', { skip: 'why' }, () => {});"), [
      "a passed",
      "b skipped",
    ]);
  });

  test("a test that leaves something open does not hold the run up", async () => {
    assert.deepEqual(await outcomes("test('a', () => { setInterval(() => {}, 1000); });"), ["a passed"]);
  });

  test("one that hangs has failed", async () => {
    const hangs = "test('a', () => {}); test('b', () => { spawnSync('sleep', ['30']); });";
    assert.deepEqual(await outcomes(hangs), ["the process ends well failed"]);
  });

  test("one that dies has failed", async () => {
    assert.deepEqual(await outcomes("test('a', () => process.exit(3));"), ["the process ends well failed"]);
  });
});

async function outcomes(tests: string): Promise<readonly string[]> {
  await using dir = await tempDir();
  const file = await dir.write("some.test.mjs", `${HEAD}\n${tests}`);
  const options = { silentMs: 2000, leaveMs: 200, tell: () => undefined };
  const lane: Outcome = await startLane(join(projectRoot, "tools/test.ts"), [file], options);
  return lane.results.map(({ name, outcome }) => `${name} ${outcome}`);
}
