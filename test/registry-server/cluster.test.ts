/**
 * Several nodes on one PostgreSQL and one bucket: what one takes another gives, uploads go on where a node ended, and
 * collection on one breaks no push to another. With TEU_LONG_TESTS the same for minutes, on the S3 gateway of Ceph where
 * TEU_TEST_S3 asks for it.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { suite, test } from "node:test";
import { fakeS3 } from "@teu/registry-server/testing/fake-s3";
import { needsPostgres, startPostgres } from "@teu/registry-server/testing/postgres-server";
import type { S3Options } from "@teu/registry-server/storage/s3/client";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { needsCeph, startCeph } from "./ceph.ts";
import { type Server, startServiceNode } from "./server.ts";

const LONG = process.env["TEU_LONG_TESTS"] !== undefined;
const SOAK_MS = LONG ? Number(process.env["TEU_SOAK_SECONDS"] ?? "120") * 1000 : 1000;
const NODES = 3;
/** So many that one of four lanes has pushed to each repository. */
const LEAST_PUSHES = 11;

interface Cluster extends AsyncDisposable {
  readonly dir: TempDir;
  readonly nodes: Server[];
  readonly start: (index: number) => Promise<Server>;
}

async function startCluster(more = ""): Promise<Cluster> {
  await using cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const [database, bucket] = [cleanup.use(await startPostgres()), await openBucket(cleanup)];
  const { accessKey, secretKey } = bucket.credentials();
  const s3 = { bucket: bucket.bucket, endpoint: bucket.endpoint, accessKey, secretKey };
  const config = `database: ${await database.database()}\ns3: ${JSON.stringify(s3)}\n${more}\n`;
  const file = await dir.write("registry.yaml", config);
  let stack = cleanup;
  const start = async (index: number): Promise<Server> =>
    stack.use(await startServiceNode(file, dir.join(`node-${index}`)));
  const nodes = await Promise.all(Array.from({ length: NODES }, (_, index) => start(index)));
  const rest = cleanup.move();
  stack = rest;
  return { dir, nodes, start, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

async function openBucket(cleanup: AsyncDisposableStack): Promise<S3Options & { readonly endpoint: string }> {
  if (needsCeph() === false) return cleanup.use(await startCeph()).bucket();
  return cleanup.use(await fakeS3());
}

const skip = needsPostgres();

suite("several nodes", { skip }, () => {
  test("give what others took, go on with their uploads, and with those of a node that was killed", async () => {
    await using cluster = await startCluster();
    const [a = missing(), b = missing(), c = missing()] = cluster.nodes;
    const image = await pushImage(a, "team/app", "v1");
    assert.equal(await pulls(b, "team/app", "v1"), image);
    await send(a, "POST", `/v2/team/app/blobs/uploads/?digest=${digestOf(Buffer.from("x"))}`, [400, Buffer.from("y")]);
    const wrong = await send(a, "POST", "/v2/team/app/blobs/uploads/", [202]);
    await send(b, "PUT", `${wrong.headers.get("location")}?digest=${digestOf(Buffer.from("x"))}`, [
      400,
      Buffer.from("y"),
    ]);
    const bytes = randomBytes(14_000_000);
    const begun = await send(a, "POST", "/v2/team/app/blobs/uploads/", [202]);
    const path = String(begun.headers.get("location"));
    await send(b, "PATCH", path, [202, bytes.subarray(0, 3_000_000)]);
    const late = send(a, "PATCH", path, [416, bytes.subarray(0, 10), { "content-range": "0-9" }]);
    assert.equal((await late).headers.get("range"), "0-2999999");
    void fetch(a.url + path, { method: "PATCH", body: endless(bytes.subarray(3_000_000)), duplex: "half" }).catch(
      () => {},
    );
    await until(async () => (await send(c, "GET", path, [204])).headers.get("range") !== "0-2999999");
    a.process.kill("SIGKILL");
    await once(a.process, "exit");
    const reached = Number((await send(c, "GET", path, [204])).headers.get("range")?.split("-")[1]) + 1;
    assert.ok(reached >= 3_000_000 && reached <= bytes.length);
    const digest = digestOf(bytes);
    await until(async () => {
      const range = { "content-range": `${reached}-${bytes.length - 1}` };
      const put = await fetch(`${c.url}${path}?digest=${digest}`, {
        method: "PUT",
        body: bytes.subarray(reached),
        headers: range,
      });
      return put.status === 201;
    });
    const back = await send(b, "GET", `/v2/team/app/blobs/${digest}`, [200]);
    assert.equal(digestOf(Buffer.from(await back.arrayBuffer())), digest);
  });

  test(`push, move tags, delete, mount and collect for ${SOAK_MS / 1000} s: nothing is lost`, async () => {
    await using cluster = await startCluster("lease: 2s\ncollect: 1s\ngrace: 1s\nundelete: 1s");
    const end = Date.now() + SOAK_MS;
    const state: Soak = { cluster, pushed: 0, failures: [], end };
    await Promise.all([
      ...Array.from({ length: LONG ? 8 : 4 }, (_, lane) => soak(state, lane)),
      ...(LONG ? [killer(state)] : []),
    ]);
    assert.deepEqual(state.failures, []);
    assert.ok(state.pushed > (LONG ? SOAK_MS / 100 : LEAST_PUSHES), `${state.pushed} pushes`);
    const alive = cluster.nodes.filter(({ process: child }) => child.exitCode === null && child.signalCode === null);
    for (const node of alive) await assertWhole(node);
    if (LONG) console.error(`${state.pushed} images pushed, none failed`);
  });
});

interface Soak {
  readonly cluster: Cluster;
  readonly end: number;
  readonly failures: string[];
  pushed: number;
}

/** Until its time is over; on a machine that has other things to do, until enough was pushed to say something. */
function goesOn({ end, pushed, failures }: Soak): boolean {
  return Date.now() < end || (!LONG && pushed <= LEAST_PUSHES && failures.length === 0);
}

/** One client that pushes images to nodes in turn, of blobs that others push too. */
async function soak(state: Soak, lane: number): Promise<void> {
  for (let round = 0; goesOn(state); round += 1) {
    const node = state.cluster.nodes[(lane + round) % NODES] ?? missing();
    try {
      const repo = `soak/r${round % 3}`;
      await pushImage(node, repo, `t${round % 5}`, `${round % 11}`);
      state.pushed += 1;
      if (round % 4 === 1) await fetch(`${node.url}/v2/${repo}/manifests/t${(round + 2) % 5}`, { method: "DELETE" });
    } catch (error) {
      // A node that was killed answers nothing; what was under way may be lost, and only that.
      if (node.process.signalCode === null && !node.process.killed) state.failures.push(String(error));
    }
  }
}

/** Kills a node now and then and starts it again. */
async function killer({ cluster, end }: Soak): Promise<void> {
  for (let turn = 0; Date.now() < end - 10_000; turn += 1) {
    await new Promise((resolve) => void setTimeout(resolve, 5000));
    const index = turn % NODES;
    const node = cluster.nodes[index] ?? missing();
    node.process.kill("SIGKILL");
    await once(node.process, "exit");
    cluster.nodes[index] = await cluster.start(index);
  }
}

/** Pushes an image as clients do: what is there already is not sent. */
async function pushImage(node: Server, repo: string, tag: string, seed = "1"): Promise<string> {
  const [config, layer] = [Buffer.from(`{"seed":"${seed}"}`), Buffer.from(`layer ${seed}`.repeat(1000))];
  for (const bytes of [config, layer]) await pushBlob(node, repo, bytes);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: digestOf(layer), size: layer.length }],
  });
  await send(node, "PUT", `/v2/${repo}/manifests/${tag}`, [201, Buffer.from(body), { "content-type": mediaType }]);
  return body;
}

async function pushBlob(node: Server, repo: string, bytes: Buffer): Promise<void> {
  const digest = digestOf(bytes);
  const head = await fetch(`${node.url}/v2/${repo}/blobs/${digest}`, { method: "HEAD" });
  if (head.status === 200) return;
  const query = `mount=${digest}&from=${repo === "soak/r1" ? "soak/r2" : "soak/r1"}`;
  const mounted = await fetch(`${node.url}/v2/${repo}/blobs/uploads/?${query}`, { method: "POST" });
  if (mounted.status === 201) return;
  if (mounted.status !== 202) throw new Error(`mounting: ${mounted.status} ${await mounted.text()}`);
  const path = `${mounted.headers.get("location")}?digest=${digest}`;
  await send(node, "PUT", path, [201, bytes]);
}

async function pulls(node: Server, repo: string, reference: string): Promise<string> {
  const manifest = await (await send(node, "GET", `/v2/${repo}/manifests/${reference}`, [200])).text();
  const { config, layers } = JSON.parse(manifest) as { config: { digest: string }; layers: { digest: string }[] };
  for (const { digest } of [config, ...layers]) {
    const blob = await send(node, "GET", `/v2/${repo}/blobs/${digest}`, [200]);
    assert.equal(digestOf(Buffer.from(await blob.arrayBuffer())), digest);
  }
  return manifest;
}

/** Everything that has a tag can be pulled. */
async function assertWhole(node: Server): Promise<void> {
  for (const repo of ["soak/r0", "soak/r1", "soak/r2"]) {
    const { tags } = (await (await send(node, "GET", `/v2/${repo}/tags/list`, [200])).json()) as { tags: string[] };
    for (const tag of tags) await pulls(node, repo, tag);
  }
}

async function send(
  node: Server,
  method: string,
  path: string,
  [expected, body, headers = {}]: readonly [status: number, body?: Uint8Array, headers?: Record<string, string>],
): Promise<Response> {
  const init = { method, headers, ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }) };
  const response = await fetch(new URL(path, node.url), init);
  if (response.status === expected) return response;
  throw new Error(`${method} ${path}: ${response.status} ${await response.text()}, expected ${expected}`);
}

/** Gives bytes and then never ends. */
function endless(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(bytes) });
}

async function until(ready: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await ready()) return;
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
  throw new Error("waited in vain");
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function missing(): never {
  throw new Error("no such node");
}
