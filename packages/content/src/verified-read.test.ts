import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { parseDigest } from "@teu/spec/digest";
import { collect } from "@teu/std/streams";
import { assertCode } from "@teu/testing/assert-code";
import { MemoryStore } from "./memory-store.ts";
import type { BlobReader } from "./store.ts";
import { chunksOf, sampleOf } from "./testing/samples.ts";
import { embeddedContent, openRange, openVerified, readVerified, verify } from "./verified-read.ts";

const LIMIT = { maxBytes: 1e6 };

/** A store that gives `bytes` whatever it is asked for. */
function lying(bytes: Uint8Array): BlobReader {
  return { openUnverified: () => chunksOf(bytes, 100), has: async () => true };
}

test("the last chunk of wrong content never goes out", async () => {
  const { descriptor, bytes } = sampleOf(250);
  bytes[249] = (bytes[249] ?? 0) ^ 1;
  const passed: number[] = [];
  await assertCode(async () => {
    for await (const chunk of verify(chunksOf(bytes, 100), descriptor)) passed.push(chunk.length);
  }, "ERR_BLOB_DIGEST");
  assert.deepEqual(passed, [100, 100]);
});

test("content that is too long fails at the chunk that is too much, content that is too short at its end", async () => {
  const { descriptor, bytes } = sampleOf(250);
  const long = { ...descriptor, size: 240 };
  await assertCode(() => collect(verify(chunksOf(bytes, 100), long), LIMIT), "ERR_BLOB_SIZE");
  const error = await assertCode(() => collect(verify([bytes.subarray(1)], descriptor), LIMIT), "ERR_BLOB_SIZE");
  assert.match(error.message, /249 bytes, expected 250/);
  await assertCode(() => collect(openVerified(lying(new Uint8Array(300)), descriptor), LIMIT), "ERR_BLOB_SIZE");
});

test("bytes behind the right content are refused too", async () => {
  const { descriptor, bytes } = sampleOf(250);
  await assertCode(() => collect(verify([bytes, Uint8Array.of(0)], descriptor), LIMIT), "ERR_BLOB_SIZE");
});

test("content whose algorithm is unknown is not read at all", async () => {
  const descriptor = { ...sampleOf(3).descriptor, digest: parseDigest("md6:abc") };
  await assertCode(() => readVerified(lying(new Uint8Array(3)), descriptor), "ERR_DIGEST_UNSUPPORTED");
});

test("a document that is larger than the limit is not read", async () => {
  const { descriptor } = sampleOf(250);
  const error = await assertCode(() => readVerified(new MemoryStore(), descriptor, { maxBytes: 249 }), "ERR_TOO_LARGE");
  assert.deepEqual(error.detail, { maxBytes: 249 });
});

test("content that a descriptor carries is used where it is right", async () => {
  assert.equal(new TextDecoder().decode(await readVerified(new MemoryStore(), EMPTY_DESCRIPTOR)), "{}");
  assert.equal(embeddedContent({ ...EMPTY_DESCRIPTOR, data: "e30" })?.length, 2);
  for (const data of ["e2E=", "", "e30g"])
    assert.equal(embeddedContent({ ...EMPTY_DESCRIPTOR, data }), undefined, data);
  await assertCode(() => readVerified(new MemoryStore(), { ...EMPTY_DESCRIPTOR, data: "e2E=" }), "ERR_BLOB_MISSING");
});

test("a range has exactly its bytes, or fails", async () => {
  const { descriptor } = sampleOf(250);
  const range = openRange(lying(new Uint8Array(99)), descriptor, { start: 10, end: 110 });
  assert.equal(range.verified, false);
  await assertCode(() => collect(range.chunks, LIMIT), "ERR_BLOB_SIZE");
  const more = openRange(lying(new Uint8Array(101)), descriptor, { start: 10, end: 110 });
  await assertCode(() => collect(more.chunks, LIMIT), "ERR_BLOB_SIZE");
  assertCode(() => openRange(lying(new Uint8Array(9)), descriptor, { start: 10, end: 251 }), "ERR_RANGE_INVALID");
});
