/**
 * A registry whose power is cut again and again under load. The disk has lost whatever was not synced by then, or has kept
 * the names of it without the bytes: what was acknowledged is there, and nothing else stands in the way of a push. With
 * TEU_LONG_TESTS=1 100 times.
 */
import { once } from "node:events";
import { rename, rm } from "node:fs/promises";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { anyOf, needsLinux, needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type Loss, buildKeeper, keepAll, restoreSynced } from "./power-cut/restore.ts";
import { type Acknowledged, assertThere, nothing, pushOne, pushing } from "./pushing.ts";
import { startServiceNode } from "./server.ts";

const CUTS = process.env["TEU_LONG_TESTS"] === "1" ? 100 : 1;
const LANES = 6;
/** Until so many images at most were pushed, and then for so long at most. */
const MAX_IMAGES = 10;
const MAX_MORE_MS = 50;
const skip = anyOf(needsLinux(), needsProgram("cc"));

for (const loss of ["everything", "bytes"] as const) {
  test(`a cut of power loses nothing acknowledged where ${loss} not synced is lost`, { skip }, async () => {
    await using dir = await tempDir();
    const config = await dir.write("registry.yaml", "requestsPerSecond: 0\n");
    const library = buildKeeper(dir.path);
    const all = nothing();
    let last = nothing();
    for (let cut = 0; cut < CUTS; cut += 1) {
      const acknowledged = nothing();
      await runUntilCut({ dir, config, library, loss }, { before: last, acknowledged, name: `c${cut}` });
      last = acknowledged;
      for (const [digest, size] of last.blobs) all.blobs.set(digest, size);
      for (const [tag, digest] of last.tags) all.tags.set(tag, digest);
    }
    await using node = await startServiceNode(config, dir.join("data"));
    await assertThere(node.url, all);
    assert.equal(await pushOne(node.url, "after", nothing()), true);
    assert.ok(all.tags.size >= CUTS, `${all.tags.size} images were acknowledged`);
  });
}

interface Machine {
  readonly dir: TempDir;
  readonly config: string;
  readonly library: string;
  readonly loss: Loss;
}

async function runUntilCut(
  { dir, config, library, loss }: Machine,
  { before, acknowledged, name }: { before: Acknowledged; acknowledged: Acknowledged; name: string },
): Promise<void> {
  const [data, kept] = [dir.join("data"), dir.join("kept")];
  keepAll(data, kept);
  await using node = await startServiceNode(config, data, { LD_PRELOAD: library, POWER_CUT_KEEP: kept });
  await assertThere(node.url, before);
  const lanes = Array.from({ length: LANES }, (_, lane) => pushing(node.url, `${name}-${lane}`, acknowledged));
  const enough = 1 + Math.random() * MAX_IMAGES;
  while (acknowledged.tags.size < enough) await sleep(1);
  await sleep(Math.random() * MAX_MORE_MS);
  const ended = once(node.process, "exit");
  node.process.kill("SIGKILL");
  await Promise.all([ended, ...lanes]);
  restoreSynced(data, dir.join("left"), { keep: kept, loss });
  for (const folder of [data, kept]) await rm(folder, { recursive: true });
  await rename(dir.join("left"), data);
}
