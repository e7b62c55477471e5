/** Several processes work on one layout, and some of them are killed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createArchive } from "@teu/content/archive-writer";
import { copy } from "@teu/content/copy";
import { collectGarbage } from "@teu/content/layout-gc";
import { openLayout } from "@teu/content/layout-store";
import { imageGraph } from "@teu/content/mutate/image";
import { archive, file, folder, imageOf } from "@teu/layer/testing/sample-image";
import { TEMPORARY_PREFIX } from "@teu/std/atomic-file";
import { tempDir } from "@teu/testing/temp-dir";
import { assertWhole } from "./peers.ts";

const WORKER = join(import.meta.dirname, "layout-worker.ts");

/** A worker, and what it has said. */
interface Worker {
  readonly process: ChildProcess;
  readonly lines: () => readonly string[];
  /** Is fulfilled when its first line is there. */
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;
}

function work(mode: string, place: string, name: string, count: number): Worker {
  const args = ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning", WORKER];
  const child = spawn(process.execPath, [...args, mode, place, name, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
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
  const roots = new Map<string, string>();
  for (const tag of tags) {
    const root = await layout.resolve(tag);
    assert.ok(root !== undefined, tag);
    // Many names of the same content need one look.
    if (gone.has(tag) || roots.has(root.digest)) continue;
    roots.set(root.digest, tag);
    await assertWhole(layout, root);
  }
}

test("processes that copy into one layout at once never lose a tag", { timeout: 120_000 }, async () => {
  await using dir = await tempDir();
  const workers = ["a", "b", "c"].map((name) => work("copy", dir.path, name, 5));
  for (const worker of workers) assert.equal(await worker.ended, 0);
  await using store = await openLayout(dir.join("layout"));
  assert.equal((await Array.fromAsync(store.tags())).length, 15);
  await assertSound(dir.join("layout"), workers);
});

const MODES = ["copy", "gc", "load", "unpack"] as const;
// A round kills a process of each kind.
const ROUNDS = process.env["TEU_LONG_TESTS"] === "1" ? 125 : 5;
const MAX_LIFE_MS = 250;
const FILES = 200;

test(`${ROUNDS * MODES.length} kills at any moment lose nothing`, { timeout: ROUNDS * 20_000 }, async () => {
  await using dir = await tempDir();
  const layout = dir.join("layout");
  const trees = dir.join("trees");
  mkdirSync(trees);
  await writeImage(dir.join("image.tar"));
  const all: Worker[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const workers = MODES.map((mode) => work(mode, dir.path, `${mode}${round}`, 1000));
    const unpacker = workers.at(-1);
    all.push(...workers.slice(0, -1));
    await Promise.all(workers.map(killSoon));
    await assertSound(layout, all);
    assertTrees(trees, unpacker?.lines() ?? []);
    if (round % 5 === 4) await forget(layout, all);
  }
  await using store = await openLayout(layout);
  await collectGarbage(store, { graceMs: -1, partGraceMs: -1, waitMs: 1000 });
  await assertSound(layout, all);
});

async function killSoon({ process: child, ready, ended }: Worker): Promise<void> {
  await ready;
  await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_LIFE_MS));
  child.kill("SIGKILL");
  await ended;
}

/** An image whose tree has many files, in the archive `path`. */
async function writeImage(path: string): Promise<void> {
  const names = Array.from({ length: FILES }, (_, at) => `d/${at}`);
  const image = await imageOf([
    archive(folder("d/"), ...names.slice(0, FILES / 2).map((name) => file(name, name.repeat(500)))),
    archive(...names.slice(FILES / 2).map((name) => file(name, name.repeat(500)))),
  ]);
  await using target = await createArchive(path, { format: "docker" });
  const { root, store } = imageGraph(image);
  await copy(store, target, root, { tags: ["example.com/image:1"] });
  await target.commit();
}

/** Each tree that has its name is complete, and each that was told of is there. What else is there says that it is temporary. */
function assertTrees(path: string, lines: readonly string[]): void {
  const told = lines.filter((line) => line.startsWith("+")).map((line) => line.slice(1));
  for (const tree of told) assert.ok(lstatSync(tree).isDirectory(), tree);
  for (const name of readdirSync(path)) {
    const tree = join(path, name);
    if (!name.startsWith(TEMPORARY_PREFIX)) {
      assert.equal(readdirSync(join(tree, "d")).length, FILES, name);
      assert.equal(readFileSync(join(tree, "d", "7"), "utf8"), "d/7".repeat(500));
    }
    rmSync(tree, { recursive: true });
  }
}

/** Empties a layout, so that a long run does not fill the disk. */
async function forget(path: string, workers: Worker[]): Promise<void> {
  await using store = await openLayout(path);
  for await (const tag of store.tags()) await store.untag(tag);
  await collectGarbage(store, { graceMs: -1, partGraceMs: -1, waitMs: 1000 });
  assert.deepEqual(await Array.fromAsync(store.blobs()), []);
  workers.length = 0;
}
