/**
 * A repository with very many tags, and the collection of very many blobs while clients read. With TEU_LONG_TESTS=1 there
 * are 1,000,000 of each, and times are bounded: otherwise other tests share the processors.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openData } from "@teu/registry-server/data";
import { tempDir } from "@teu/testing/temp-dir";
import { type Server, startServiceNode } from "./server.ts";

const LONG = process.env["TEU_LONG_TESTS"] === "1";
const COUNT = LONG ? 1_000_000 : 2000;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const REPO = "many/things";

test(`a page of ${COUNT} tags comes at once, wherever it begins`, async () => {
  await using dir = await tempDir();
  const root = dir.join("data");
  await fillDatabase(root, (database) => {
    const insert = database.prepare("INSERT INTO tag VALUES (?, ?, ?, 1, NULL, 'me')");
    for (let index = 0; index < COUNT; index += 1) insert.run(REPO, tagName(index), MANIFEST_DIGEST);
  });
  await using node = await startServiceNode(await dir.write("registry.yaml", "requestsPerSecond: 0\n"), root);
  for (const start of [0, COUNT / 4, COUNT - 1001]) {
    for (const entries of [100, 1000]) {
      const path = `/v2/${REPO}/tags/list?n=${entries}&last=${tagName(start)}`;
      const { ms, text } = await fastest(node, path);
      const { tags } = JSON.parse(text) as { tags: string[] };
      assert.deepEqual([tags.length, tags[0], tags.at(-1)], [entries, tagName(start + 1), tagName(start + entries)]);
      if (LONG) assert.ok(ms < 10, `${entries} tags from ${start} took ${ms} ms`);
      if (LONG) console.error(`${entries} tags from ${start}: ${ms.toFixed(2)} ms`);
    }
  }
  const { ms } = await fastest(node, `/v2/${REPO}/tags/list`);
  if (LONG) console.error(`the first page without a limit: ${ms.toFixed(2)} ms`);
  if (LONG) assert.ok(ms < 10, `the first page without a limit took ${ms} ms`);
});

test(`${COUNT} blobs are collected while clients read`, async () => {
  await using dir = await tempDir();
  const root = dir.join("data");
  await fillDatabase(root, (database) => {
    database.prepare("INSERT INTO tag VALUES (?, 'latest', ?, 1, NULL, 'me')").run(REPO, MANIFEST_DIGEST);
    const blob = database.prepare("INSERT INTO blob VALUES (?, 1, NULL, NULL)");
    const link = database.prepare("INSERT INTO link VALUES (?, ?, 1)");
    const shards = new Set<string>();
    for (let index = 0; index < COUNT; index += 1) {
      const digest = digestOf(`blob ${index}`);
      blob.run(digest);
      link.run(REPO, digest);
      // Making files takes longer than all the rest; nine of ten are missing when they are to be removed.
      if (index % 10 !== 0) continue;
      const shard = join(root, "blobs/sha256", digest.slice(7, 9));
      if (!shards.has(shard)) mkdirSync(shard, { recursive: true });
      shards.add(shard);
      writeFileSync(join(shard, digest.slice(7)), "b");
    }
  });
  const quietMs = LONG ? 20_000 : 1000;
  const config = await dir.write("registry.yaml", `requestsPerSecond: 0\ncollect: ${quietMs / 1000}s\ngrace: 0s\n`);
  await using node = await startServiceNode(config, root);
  const [started, ended] = [Date.now(), Promise.withResolvers<{ readonly blobs: number }>()];
  node.process.stderr?.on("data", (chunk: Buffer) => {
    const line = /\{.*"event":"collected".*\}/.exec(chunk.toString())?.[0];
    if (line !== undefined) ended.resolve(JSON.parse(line) as { blobs: number });
  });
  const before = await readUntil(node, sleep(quietMs * 0.8));
  await sleep(started + quietMs - Date.now());
  const during = await readUntil(node, ended.promise);
  assert.ok((await ended.promise).blobs >= COUNT * 0.9, JSON.stringify(await ended.promise));
  if (LONG) console.error(`p99 of reads: ${before.p99Ms} ms, and ${during.p99Ms} ms during ${during.count} reads`);
  if (LONG) assert.ok(during.p99Ms < Math.max(before.p99Ms * 1.5, before.p99Ms + 3), `${during.p99Ms} ms`);
});

test(`pages show ${COUNT / 100} repositories and ${COUNT / 10} tags`, async () => {
  await using dir = await tempDir();
  const root = dir.join("data");
  await fillDatabase(root, (database) => {
    const repo = database.prepare("INSERT INTO repo VALUES (?, 1)");
    for (let index = 1; index < COUNT / 100; index += 1) repo.run(`team/${tagName(index)}`);
    const tag = database.prepare("INSERT INTO tag VALUES (?, ?, ?, 1, NULL, 'me')");
    for (let index = 0; index < COUNT / 10; index += 1) tag.run(REPO, tagName(index), MANIFEST_DIGEST);
  });
  await using node = await startServiceNode(await dir.write("registry.yaml", "requestsPerSecond: 0\n"), root);
  const [repo, last] = [`/ui/repo?name=${encodeURIComponent(REPO)}`, tagName(COUNT / 10 - 1)];
  for (const [path, part] of [
    ["/ui/", REPO],
    [`/ui/?q=${tagName(COUNT / 100 - 1)}`, `team/${tagName(COUNT / 100 - 1)}`],
    [repo, tagName(0)],
    [`${repo}&after=${tagName(COUNT / 10 - 2)}`, last],
    [`${repo}&tag=${last.slice(3)}`, last],
    [`${repo}&tag=nothing`, "There are no tags with that"],
    [`/ui/history?name=${encodeURIComponent(REPO)}`, last],
  ] as const) {
    const { ms, text } = await fastest(node, path);
    assert.ok(text.includes(part), `${part} in ${path}: ${text}`);
    assert.ok(text.length < 100_000, `${path} has ${text.length} bytes`);
    if (LONG) console.error(`${path}: ${text.length} bytes in ${ms.toFixed(1)} ms`);
    if (LONG) assert.ok(ms < 100, `${path} took ${ms} ms`);
  }
});

const MANIFEST_BYTES = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: {}, layers: [] });
const MANIFEST_DIGEST = digestOf(MANIFEST_BYTES);

/** Puts rows into the database of a registry with one manifest, faster than pushes would. */
async function fillDatabase(root: string, fill: (database: DatabaseSync) => void): Promise<void> {
  {
    await using _made = await openData(root);
  }
  const database = new DatabaseSync(join(root, "metadata.db"));
  database.exec("PRAGMA synchronous = OFF; BEGIN");
  database.prepare("INSERT INTO repo VALUES (?, 1)").run(REPO);
  database.prepare("INSERT INTO content VALUES (?, ?)").run(MANIFEST_DIGEST, Buffer.from(MANIFEST_BYTES));
  const columns = "repo, digest, media_type, size, pushed";
  const sql = `INSERT INTO manifest (${columns}) VALUES (?, ?, ?, ?, 1)`;
  database.prepare(sql).run(REPO, MANIFEST_DIGEST, MANIFEST, MANIFEST_BYTES.length);
  fill(database);
  database.exec("COMMIT");
  database.close();
}

/** The shortest of several times, so that others who use the processors do not count. */
async function fastest({ url }: Server, path: string): Promise<{ readonly ms: number; readonly text: string }> {
  let [ms, text] = [Infinity, ""];
  for (let round = 0; round < 15; round += 1) {
    const start = performance.now();
    const response = await fetch(url + path);
    text = await response.text();
    assert.equal(response.status, 200);
    ms = Math.min(ms, performance.now() - start);
  }
  return { ms, text };
}

/** Reads a manifest again and again from a few connections. */
async function readUntil(
  { url }: Server,
  end: Promise<unknown>,
): Promise<{ readonly p99Ms: number; readonly count: number }> {
  const times: number[] = [];
  const state = { ended: false };
  const lane = async (): Promise<void> => {
    while (!state.ended) {
      const start = performance.now();
      const response = await fetch(`${url}/v2/${REPO}/manifests/latest`);
      assert.equal(await response.text(), MANIFEST_BYTES);
      times.push(performance.now() - start);
      await sleep(2);
    }
  };
  await Promise.all([...Array.from({ length: 4 }, lane), end.then(() => void (state.ended = true))]);
  times.sort((a, b) => a - b);
  return { p99Ms: times[Math.floor(times.length * 0.99)] ?? Infinity, count: times.length };
}

function tagName(index: number): string {
  return `v${String(index).padStart(7, "0")}`;
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
