/** Several processes work on one layout, and some of them are killed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { collectGarbage } from "@teu/content/layout-gc";
import { openLayout } from "@teu/content/layout-store";
import { tempDir } from "@teu/testing/temp-dir";
import { assertWhole } from "./peers.ts";

const WORKER = fileURLToPath(new URL("layout-worker.ts", import.meta.url));

/** A worker, and what it has said. */
interface Worker {
  readonly process: ChildProcess;
  readonly lines: () => readonly string[];
  /** Is fulfilled when its first line is there. */
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;
}

function work(layout: string, name: string, count: number, mode = ""): Worker {
  const args = ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning", WORKER, layout, name];
  const child = spawn(process.execPath, [...args, String(count), mode], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  const ready = Promise.withResolvers<void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    ready.resolve();
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { process: child, lines: () => said.split("\n").slice(0, -1), ready: ready.promise, ended };
}

/** The tags that workers were told are there to stay, without those that they were about to take away. */
function acknowledged(workers: readonly Worker[]): {
  readonly sure: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
} {
  const lines = workers.flatMap((worker) => worker.lines());
  const named = (sign: string): string[] => lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
  const gone = new Set(named("-"));
  return { sure: new Set(named("+").filter((tag) => !gone.has(tag))), gone };
}

async function assertSound(path: string, workers: readonly Worker[]): Promise<void> {
  await using layout = await openLayout(path, { create: true });
  const { sure, gone } = acknowledged(workers);
  const tags = new Set(await Array.fromAsync(layout.tags()));
  for (const tag of sure) assert.ok(tags.has(tag), `${tag} is lost`);
  for (const tag of tags) {
    const root = await layout.resolve(tag);
    assert.ok(root !== undefined, tag);
    if (!gone.has(tag)) await assertWhole(layout, root);
  }
}

test("processes that copy into one layout at once never lose a tag", { timeout: 120_000 }, async () => {
  await using dir = await tempDir();
  const layout = dir.join("layout");
  const workers = ["a", "b", "c"].map((name) => work(layout, name, 5));
  for (const worker of workers) assert.equal(await worker.ended, 0);
  await using store = await openLayout(layout);
  assert.equal((await Array.fromAsync(store.tags())).length, 15);
  await assertSound(layout, workers);
});

// So many kills in a usual run; TEU_KILLS=500 is the long form.
const KILLS = Number(process.env["TEU_KILLS"] ?? 3);

test(`a layout is whole after ${KILLS} kills at any moment`, { timeout: KILLS * 20_000 }, async () => {
  await using dir = await tempDir();
  const layout = dir.join("layout");
  const all: Worker[] = [];
  for (let at = 0; at < KILLS; at += 1) {
    const pair = [work(layout, `k${at}`, 1000, "gc"), work(layout, `m${at}`, 1000)];
    all.push(...pair);
    await Promise.all(pair.map(({ ready }) => ready));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
    for (const { process: child } of pair) child.kill("SIGKILL");
    for (const { ended } of pair) await ended;
    await assertSound(layout, all);
    if (at % 10 === 9) await forget(layout, all);
  }
  await using store = await openLayout(layout);
  await collectGarbage(store, { graceMs: -1, partGraceMs: -1, waitMs: 1000 });
  await assertSound(layout, all);
});

/** Empties a layout, so that a long run does not fill the disk. */
async function forget(path: string, workers: Worker[]): Promise<void> {
  await using store = await openLayout(path);
  for await (const tag of store.tags()) await store.untag(tag);
  await collectGarbage(store, { graceMs: -1, partGraceMs: -1, waitMs: 1000 });
  assert.deepEqual(await Array.fromAsync(store.blobs()), []);
  workers.length = 0;
}
