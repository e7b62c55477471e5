/**
 * Several nodes on one PostgreSQL and one bucket: what one takes another gives, and uploads go on where a node ended.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { suite, test } from "node:test";
import { needsPostgres } from "@teu/registry-server/testing/postgres-server";
import { startCluster } from "./cluster.ts";
import type { Server } from "./server.ts";

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
});

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
