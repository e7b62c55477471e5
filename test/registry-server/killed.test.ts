/**
 * A registry that is killed again and again under load: what it acknowledged is there, and nothing else stands in the way of
 * a push. With TEU_LONG_TESTS=1 500 times.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { tempDir } from "@teu/testing/temp-dir";
import { startServiceNode } from "./server.ts";

const KILLS = process.env["TEU_LONG_TESTS"] === "1" ? Number(process.env["TEU_KILLS"] ?? "500") : 2;
const LANES = 6;
const MAX_LIFE_MS = 400;
const CONFIG = "{}";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** What was acknowledged: blobs by digest with their sizes, and tags with the digests of their manifests. */
interface Acknowledged {
  readonly blobs: Map<string, number>;
  readonly tags: Map<string, string>;
}

test("a registry that is killed has everything that it acknowledged", async () => {
  await using dir = await tempDir();
  const config = await dir.write("registry.yaml", "requestsPerSecond: 0\n");
  const all: Acknowledged = { blobs: new Map(), tags: new Map() };
  let last: Acknowledged = { blobs: new Map(), tags: new Map() };
  for (let kill = 0; kill < KILLS; kill += 1) {
    await using node = await startServiceNode(config, dir.join("data"));
    await assertThere(node.url, last);
    last = { blobs: new Map(), tags: new Map() };
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

/** Pushes until the registry has gone. */
async function pushing(url: string, name: string, acknowledged: Acknowledged): Promise<void> {
  try {
    for (let count = 0; await pushOne(url, `${name}-${count}`, acknowledged); count += 1);
  } catch (error) {
    // Killed in the midst of a request.
    assert.ok(error instanceof TypeError, String(error));
  }
}

async function pushOne(url: string, tag: string, { blobs, tags }: Acknowledged): Promise<boolean> {
  const layer = randomBytes(Math.random() < 0.2 ? 1_500_000 : 5000);
  for (const content of [Buffer.from(CONFIG), layer]) {
    const begun = await fetch(`${url}/v2/app/blobs/uploads/`, { method: "POST" });
    const location = `${url}${begun.headers.get("location")}`;
    const put = await fetch(`${location}?digest=${digestOf(content)}`, { method: "PUT", body: content });
    assert.equal(put.status, 201);
    blobs.set(digestOf(content), content.length);
  }
  const descriptor = (mediaType: string, bytes: Buffer): object => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor("application/vnd.oci.image.config.v1+json", Buffer.from(CONFIG)),
    layers: [descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
  });
  const headers = { "content-type": MANIFEST };
  const put = await fetch(`${url}/v2/app/manifests/${tag}`, { method: "PUT", body, headers });
  assert.equal(put.status, 201);
  tags.set(tag, digestOf(Buffer.from(body)));
  return true;
}

async function assertThere(url: string, { blobs, tags }: Acknowledged): Promise<void> {
  for (const [digest, size] of blobs) {
    const bytes = Buffer.from(await (await fetch(`${url}/v2/app/blobs/${digest}`)).arrayBuffer());
    assert.deepEqual([bytes.length, digestOf(bytes)], [size, digest]);
  }
  for (const [tag, digest] of tags) {
    const bytes = Buffer.from(await (await fetch(`${url}/v2/app/manifests/${tag}`)).arrayBuffer());
    assert.equal(digestOf(bytes), digest, tag);
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
