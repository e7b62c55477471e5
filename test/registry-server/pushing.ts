/**
 * Clients that push until their registry ends, and remember what it acknowledged.
 * @module
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

const CONFIG = "{}";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** What was acknowledged: blobs by digest with their sizes, and tags with the digests of their manifests. */
export interface Acknowledged {
  readonly blobs: Map<string, number>;
  readonly tags: Map<string, string>;
}

/** Nothing yet. */
export function nothing(): Acknowledged {
  return { blobs: new Map(), tags: new Map() };
}

/** Pushes until the registry has gone. */
export async function pushing(url: string, name: string, acknowledged: Acknowledged): Promise<void> {
  try {
    for (let count = 0; await pushOne(url, `${name}-${count}`, acknowledged); count += 1);
  } catch (error) {
    // Killed in the midst of a request.
    assert.ok(error instanceof TypeError, String(error));
  }
}

/** Pushes one image of one layer. */
export async function pushOne(url: string, tag: string, { blobs, tags }: Acknowledged): Promise<boolean> {
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

/** Everything that was acknowledged can be pulled, as it was pushed. */
export async function assertThere(url: string, { blobs, tags }: Acknowledged): Promise<void> {
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
