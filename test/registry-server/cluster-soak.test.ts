/**
 * Three nodes on one PostgreSQL and one bucket take pushes, mounts, moves of tags and deletions while they collect and are
 * killed in turn: no push fails but for the node it went to, and no manifest that stands loses a blob. With
 * TEU_LONG_TESTS=1 for 100,000 events or most of an hour (TEU_SOAK_SECONDS says another time), on Ceph with TEU_TEST_S3=1.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { needsPostgres } from "@teu/registry-server/testing/postgres-server";
import { type Cluster, NODES, nodeOf, startCluster } from "./cluster.ts";
import type { Server } from "./server.ts";

const LONG = process.env["TEU_LONG_TESTS"] === "1";
const EVENTS = LONG ? 100_000 : 60;
const MS = 1000 * (LONG ? Number(process.env["TEU_SOAK_SECONDS"] ?? "3300") : 25);
const LANES = LONG ? 12 : 4;
const LEASE_MS = 5000;
const KILL_MS = 20_000;
const REPOS = ["soak/a", "soak/b/c", "soak/d"] as const;
/** Different configurations and layers. Few enough that what is just being collected is pushed again. */
const SEEDS = 300;
/** About so many manifests stand; more of them are deleted than pushed from there on. */
const STANDING = 80;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

test("no push fails and no manifest loses a blob on several nodes", { skip: needsPostgres() }, async () => {
  await using cluster = await startCluster(
    `requestsPerSecond: 0\nlease: ${LEASE_MS / 1000}s\ncollect: 1s\ngrace: 1s\nundelete: 1s`,
  );
  const counts = { events: 0, pushes: 0, mounts: 0, moves: 0, deletions: 0, late: 0, kills: 0, elsewhere: 0 };
  const soak: Soak = { cluster, counts, tags: new Map(), manifests: new Map(), failures: [], end: Date.now() + MS };
  await Promise.all([...Array.from({ length: LANES }, (_, index) => lane(soak, index)), ...(LONG ? [kill(soak)] : [])]);
  assert.deepEqual(soak.failures, []);
  assert.ok(counts.late <= counts.pushes / 100, `${counts.late} pushes took longer than their lease`);
  const whole = await countWhole(soak);
  if (LONG) console.error(JSON.stringify({ ...counts, ...cluster.collected, whole }));
  if (LONG) assert.ok(cluster.collected.blobs > 0, "blobs were removed");
});

interface Soak {
  readonly cluster: Cluster;
  readonly end: number;
  readonly failures: string[];
  readonly counts: Record<
    "events" | "pushes" | "mounts" | "moves" | "deletions" | "late" | "kills" | "elsewhere",
    number
  >;
  /** Digests by `repo:tag`. */
  readonly tags: Map<string, string>;
  /** Manifests that were pushed and not deleted, by `repo@digest`. */
  readonly manifests: Map<string, { readonly repo: string; readonly digest: string }>;
}

function goesOn({ counts, end, failures }: Soak): boolean {
  return counts.events < EVENTS && Date.now() < end && failures.length < 10;
}

async function lane(soak: Soak, index: number): Promise<void> {
  for (let round = index; goesOn(soak); round += 1) {
    soak.counts.events += 1;
    if (LONG && soak.counts.events % 5000 === 0) console.error(JSON.stringify(soak.counts));
    try {
      await perform(soak, round);
    } catch (error) {
      soak.failures.push(String(error));
      if (LONG) console.error(String(error));
    }
  }
}

async function perform(soak: Soak, round: number): Promise<void> {
  const [repo, tag] = [pick(REPOS), `t${pick([1, 2, 3, 4, 5, 6, 7, 8])}`];
  if (Math.random() < (soak.manifests.size > STANDING ? 0.45 : 0.6)) return push(soak, { repo, tag, round });
  const manifest = pick(Array.from(soak.manifests.values()));
  if (manifest === undefined || Math.random() < 0.2) return erase(soak, `${repo}/manifests/${tag}`, round);
  soak.manifests.delete(`${manifest.repo}@${manifest.digest}`);
  return erase(soak, `${manifest.repo}/manifests/${manifest.digest}`, round);
}

async function erase(soak: Soak, path: string, round: number): Promise<void> {
  const status = await elsewhere(soak, round, async (node) => {
    const answer = await send(node, "DELETE", `/v2/${path}`);
    return answer.status;
  });
  // Another lane may have deleted it before.
  if (status !== 202 && status !== 404) throw new Error(`DELETE ${path}: ${status}`);
  soak.counts.deletions += 1;
}

interface Push {
  readonly repo: string;
  readonly tag: string;
  readonly round: number;
}

async function push(soak: Soak, { repo, tag, round }: Push): Promise<void> {
  const [config, layer] = [`{"seed":${pick(SEED_LIST)}}`, `layer ${pick(SEED_LIST)} `.repeat(500)];
  const body = manifestOf(config, layer);
  const digest = digestOf(body);
  soak.manifests.set(`${repo}@${digest}`, { repo, digest });
  await elsewhere(soak, round, async (node) => {
    for (let attempt = 1; ; attempt += 1) {
      const start = Date.now();
      for (const content of [config, layer]) await pushBlob(soak, node, [repo, content]);
      const headers = { "content-type": MANIFEST };
      const answer = await send(node, "PUT", `/v2/${repo}/manifests/${tag}`, { body, headers });
      if (answer.status === 201) return;
      const late = Date.now() - start >= LEASE_MS;
      // Whoever takes longer than the lease between a blob and its manifest was promised nothing.
      if (!late || attempt === 5) throw new Error(`PUT manifest: ${answer.status} ${await answer.text()}`);
      soak.counts.late += 1;
    }
  });
  const known = soak.tags.get(`${repo}:${tag}`);
  if (known !== undefined && known !== digest) soak.counts.moves += 1;
  soak.tags.set(`${repo}:${tag}`, digest);
  soak.counts.pushes += 1;
}

/** As clients push: what is there already is not sent, what another repository may have is mounted. */
async function pushBlob(soak: Soak, node: Server, [repo, content]: readonly [string, string]): Promise<void> {
  const digest = digestOf(content);
  if ((await send(node, "HEAD", `/v2/${repo}/blobs/${digest}`)).status === 200) return;
  const begun = await send(node, "POST", `/v2/${repo}/blobs/uploads/?mount=${digest}&from=${pick(REPOS)}`);
  if (begun.status === 201) {
    soak.counts.mounts += 1;
    return;
  }
  const put = await send(node, "PUT", `${begun.headers.get("location")}?digest=${digest}`, { body: content });
  if (put.status !== 201) throw new Error(`PUT blob: ${begun.status}, ${put.status} ${await put.text()}`);
}

/** Does something on one node, or on the next if that was killed in the midst of it. */
async function elsewhere<T>(soak: Soak, round: number, work: (node: Server) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const node = nodeOf(soak.cluster, round + attempt);
    try {
      return await work(node);
    } catch (error) {
      if (!node.process.killed || attempt === NODES * 2) throw error;
      soak.counts.elsewhere += 1;
    }
  }
}

/** Kills a node now and then and starts it again. */
async function kill(soak: Soak): Promise<void> {
  for (let turn = 0; goesOn(soak); turn += 1) {
    const next = Date.now() + KILL_MS;
    while (Date.now() < next && goesOn(soak)) await sleep(200);
    if (!goesOn(soak)) return;
    await soak.cluster.restart(turn % NODES);
    soak.counts.kills += 1;
  }
}

/** Each manifest that stands has all its blobs, and their bytes, whichever node is asked. Returns how many there are. */
async function countWhole({ cluster, manifests, tags }: Soak): Promise<number> {
  let whole = 0;
  const tagged = Array.from(tags, ([name, digest]) => ({ repo: name.slice(0, name.lastIndexOf(":")), digest }));
  for (const [index, { repo, digest }] of [...manifests.values(), ...tagged].entries()) {
    const node = nodeOf(cluster, index);
    const answer = await send(node, "GET", `/v2/${repo}/manifests/${digest}`);
    // Deleted while another lane pushed it.
    if (answer.status === 404) continue;
    const { config, layers } = (await answer.json()) as { config: { digest: string }; layers: { digest: string }[] };
    for (const blob of [config, ...layers]) {
      const { status, bytes } = await bytesOf(await send(node, "GET", `/v2/${repo}/blobs/${blob.digest}`));
      assert.deepEqual([status, digestOf(bytes)], [200, blob.digest], `${repo}@${digest}`);
    }
    whole += 1;
  }
  assert.ok(whole > 0, "manifests stand");
  return whole;
}

async function bytesOf(answer: Response): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

async function send(
  node: Server,
  method: string,
  path: string,
  { body, headers = {} }: { readonly body?: string; readonly headers?: Record<string, string> } = {},
): Promise<Response> {
  const init = { method, headers, signal: AbortSignal.timeout(60_000), ...(body === undefined ? {} : { body }) };
  const answer = await fetch(new URL(path, node.url), init);
  // What is not read keeps its connection.
  if (answer.status < 300 && method !== "GET") await answer.arrayBuffer();
  return answer;
}

function manifestOf(config: string, layer: string): string {
  const describe = (mediaType: string, text: string): object => ({
    mediaType: `application/vnd.oci.image.${mediaType}`,
    digest: digestOf(text),
    size: text.length,
  });
  const [described, layers] = [describe("config.v1+json", config), [describe("layer.v1.tar", layer)]];
  return JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: described, layers });
}

const SEED_LIST = Array.from({ length: SEEDS }, (_, index) => index);

function pick<const T extends readonly unknown[]>(list: T): T[number] {
  return list[Math.floor(Math.random() * list.length)];
}

function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
