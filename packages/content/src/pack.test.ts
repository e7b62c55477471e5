import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { copy } from "./copy.ts";
import { readDocument, walk } from "./graph.ts";
import { MemoryStore } from "./memory-store.ts";
import { nameBytes } from "./overlay.ts";
import { packArtifact } from "./pack.ts";
import { putAll, sampleImage, sampleOf } from "./testing/samples.ts";
import { readVerified } from "./verified-read.ts";

const artifactType = "application/vnd.example.report";

test("an artifact is packed, copied and found by its subject", async () => {
  const image = sampleImage("subject");
  const target = new MemoryStore();
  await putAll(target, image);
  const report = nameBytes(new TextEncoder().encode("# Report"), { mediaType: "text/markdown" });
  const subject = { ...image.root, annotations: { note: "not to go along" } };
  const graph = packArtifact({ artifactType, contents: [report], subject, annotations: { a: "b" } });
  await copy(graph.store, target, graph.root);
  for await (const { descriptor } of walk(target, graph.root)) await readVerified(target, descriptor);
  const [found] = await Array.fromAsync(target.referrers(image.root));
  assert.equal(found?.digest, graph.root.digest);
  assert.equal(found?.artifactType, artifactType);
  assert.deepEqual((await readDocument(target, graph.root)).links.subject, image.root);
});

test("an artifact may have no content, or content of another store", async () => {
  const bare = packArtifact({ artifactType });
  await copy(bare.store, new MemoryStore(), bare.root);
  const { descriptor, bytes } = sampleOf(100, 1, "application/octet-stream");
  const store = new MemoryStore();
  await store.put(descriptor, [bytes]);
  const graph = packArtifact({ artifactType, contents: [descriptor] }, store);
  await copy(graph.store, new MemoryStore(), graph.root);
  assert.equal(packArtifact({ artifactType, contents: [descriptor] }, store).root.digest, graph.root.digest);
});

test("an artifact needs a type", () => {
  assertCode(() => packArtifact({ artifactType: "report" }), "ERR_DOCUMENT_INVALID");
});
