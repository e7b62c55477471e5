import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { MemoryStore } from "./memory-store.ts";
import { sampleOf } from "./testing/samples.ts";
import { testStore } from "./testing/store-contract.ts";

suite("a store in memory", () => testStore({ open: async () => ({ store: new MemoryStore() }) }));

test("a store in memory refuses to grow past its limit", async () => {
  const store = new MemoryStore({ maxBytes: 1000 });
  const [small, large] = [sampleOf(600), sampleOf(500)];
  await store.put(small.descriptor, [small.bytes]);
  await assertCode(() => store.put(large.descriptor, [large.bytes]), "ERR_STORE_FULL");
  await assertCode(() => store.ingest([large.bytes], { mediaType: "text/plain" }), "ERR_TOO_LARGE");
  await store.delete(small.descriptor.digest);
  await store.put(large.descriptor, [large.bytes]);
  assert.equal(await store.has(large.descriptor), true);
});
