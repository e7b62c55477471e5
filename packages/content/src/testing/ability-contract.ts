/**
 * The part of the contract that holds for stores with abilities; see `store-contract.ts`.
 * @module
 */
import assert from "node:assert/strict";
import { OCI_LAYER } from "@teu/spec/media-types";
import { type Source, type Target, can } from "../store.ts";
import { openVerified, readVerified } from "../verified-read.ts";
import { chunksOf, codeOf, putAll, sampleImage, sampleOf, sampleReferrer } from "./samples.ts";

type Body = (store: Source & Target) => Promise<void>;

/** Defines the tests; each is given to `define` with a name. */
export function testAbilities(define: (name: string, body: Body) => void): void {
  define("ability ingest: content is stored under the digest that it turns out to have", testIngest);
  define("ability delete: content goes away", testDelete);
  define("ability blobs: all content is listed", testList);
  define("ability untag: a name goes away, the content stays", testUntag);
  define("ability tagAll: several names at a time, old ones too", testTagAll);
  define("ability referrers: what has a subject is found by it", testReferrers);
  define("ability referrers: all of those that come at once are listed", testReferrersAtOnce);
  define("ability resume: an interrupted put goes on where it stopped", testResume);
  define("ability resume: wrong bytes from before are forgotten", testWrongResume);
}

async function testIngest(store: Source & Target): Promise<void> {
  if (!can(store, "ingest")) return;
  const { descriptor, bytes } = sampleOf(300_000);
  const ingested = await store.ingest(chunksOf(bytes, 1000), { mediaType: OCI_LAYER });
  assert.deepEqual(ingested, descriptor);
  assert.deepEqual(await readVerified(store, descriptor), bytes);
  const other = await store.ingest([bytes], { mediaType: OCI_LAYER, algorithm: "sha512" });
  assert.match(other.digest, /^sha512:[0-9a-f]{128}$/);
  assert.deepEqual(await readVerified(store, other), bytes);
  assert.equal(
    await codeOf(store.ingest([bytes], { mediaType: OCI_LAYER, algorithm: "md6" })),
    "ERR_DIGEST_UNSUPPORTED",
  );
}

async function testDelete(store: Source & Target): Promise<void> {
  if (!can(store, "delete")) return;
  const { descriptor, bytes } = sampleOf(100);
  await store.put(descriptor, [bytes]);
  assert.equal(await store.delete(descriptor.digest), true);
  assert.equal(await store.delete(descriptor.digest), false);
  assert.equal(await store.has(descriptor), false);
  await store.put(descriptor, [bytes]);
  assert.deepEqual(await readVerified(store, descriptor), bytes);
}

async function testList(store: Source & Target): Promise<void> {
  if (!can(store, "blobs")) return;
  const samples = [sampleOf(0), sampleOf(100), sampleOf(2000)];
  for (const { descriptor, bytes } of samples) await store.put(descriptor, [bytes]);
  const listed = await Array.fromAsync(store.blobs());
  const expected = samples.map(({ descriptor: { digest, size } }) => ({ digest, size }));
  assert.deepEqual(
    new Set(listed.map((entry) => JSON.stringify(entry))),
    new Set(expected.map((entry) => JSON.stringify(entry))),
  );
}

async function testUntag(store: Source & Target): Promise<void> {
  if (!can(store, "untag")) return;
  const image = sampleImage("untagged");
  await putAll(store, image);
  await store.tag("v1", image.root);
  assert.equal(await store.untag("v1"), true);
  assert.equal(await store.untag("v1"), false);
  assert.equal(await store.resolve("v1"), undefined);
  assert.equal(await store.has(image.root), true);
}

async function testTagAll(store: Source & Target): Promise<void> {
  if (!can(store, "tagAll")) return;
  const [old, image] = [sampleImage("old"), sampleImage("several")];
  for (const each of [old, image]) await putAll(store, each);
  await store.tag("v2", old.root);
  await store.tagAll(["v1", "v2"], image.root);
  for (const name of ["v1", "v2"]) assert.equal((await store.resolve(name))?.digest, image.root.digest);
  assert.equal(await codeOf(store.tagAll(["v3", ""], image.root)), "ERR_TAG_INVALID");
  assert.equal(await store.resolve("v3"), undefined);
}

async function testReferrers(store: Source & Target): Promise<void> {
  if (!can(store, "referrers")) return;
  const image = sampleImage("subject");
  const first = sampleReferrer(image.root, "application/vnd.example.one");
  const second = sampleReferrer(image.root, "application/vnd.example.two", "second");
  for (const graph of [image, first, second]) {
    await putAll(store, graph);
    await store.keep(graph.root);
  }
  const all = await Array.fromAsync(store.referrers(image.root));
  assert.deepEqual(all.map(({ digest }) => digest).sort(), [first.root.digest, second.root.digest].sort());
  const [two] = await Array.fromAsync(store.referrers(image.root, { artifactType: "application/vnd.example.two" }));
  assert.equal(two?.digest, second.root.digest);
  assert.equal(two?.artifactType, "application/vnd.example.two");
  assert.deepEqual(two?.annotations, { note: "second" });
  assert.deepEqual(await Array.fromAsync(store.referrers(first.root)), []);
}

async function testReferrersAtOnce(store: Source & Target): Promise<void> {
  if (!can(store, "referrers")) return;
  const image = sampleImage("subject of many");
  await putAll(store, image);
  await store.keep(image.root);
  const many = Array.from({ length: 8 }, (_, at) => sampleReferrer(image.root, "application/vnd.example.one", `${at}`));
  await Promise.all(
    many.map(async (graph) => {
      await putAll(store, graph);
      await store.keep(graph.root);
    }),
  );
  const listed = await Array.fromAsync(store.referrers(image.root));
  assert.deepEqual(listed.map(({ digest }) => digest).sort(), many.map(({ root }) => root.digest).sort());
}

async function testResume(store: Source & Target): Promise<void> {
  if (!can(store, "resume")) return;
  const { descriptor, bytes } = sampleOf(3_000_000);
  assert.equal(await store.partialBytes(descriptor), 0);
  await interrupt(store, descriptor, bytes.subarray(0, 2_000_000));
  const start = await store.partialBytes(descriptor);
  assert.ok(start > 0 && start <= 2_000_000, `${start} bytes were kept`);
  assert.equal(await store.has(descriptor), false);
  await store.resume(descriptor, start, chunksOf(bytes.subarray(start), 100_000));
  for await (const chunk of openVerified(store, descriptor)) assert.ok(chunk.length > 0);
  assert.equal(await store.partialBytes(descriptor), 0);
}

async function testWrongResume(store: Source & Target): Promise<void> {
  if (!can(store, "resume")) return;
  const { descriptor, bytes } = sampleOf(3_000_000);
  await interrupt(store, descriptor, new Uint8Array(2_000_000));
  const start = await store.partialBytes(descriptor);
  assert.equal(await codeOf(store.resume(descriptor, start, [bytes.subarray(start)])), "ERR_BLOB_DIGEST");
  assert.equal(await store.partialBytes(descriptor), 0);
  await store.put(descriptor, [bytes]);
  assert.deepEqual(await readVerified(store, descriptor), bytes);
}

async function interrupt(store: Target, descriptor: Parameters<Target["put"]>[0], bytes: Uint8Array): Promise<void> {
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield* chunksOf(bytes, 100_000);
    throw new Error("the line went dead");
  };
  await assert.rejects(store.put(descriptor, broken()), /the line went dead/);
}
