import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { validate } from "@teu/content/validate/validate";
import { tempDir } from "@teu/testing/temp-dir";
import { writeSample } from "./sample-image.ts";

test("writeSample() makes a valid image, the same each time", async () => {
  await using dir = await tempDir();
  await dir.write("b/c.txt", "content");
  await dir.write("a.txt", "more");
  const store = new MemoryStore();
  const index = await writeSample(dir.path, store);
  const validated = await Array.fromAsync(validate(store, index));
  assert.deepEqual(
    validated.flatMap(({ findings }) => findings),
    [],
  );
  assert.equal(validated.find(({ what }) => what === "a layer")?.entries, 3);
  assert.equal((await store.resolve("sample"))?.digest, index.digest);
  assert.equal((await writeSample(dir.path, new MemoryStore())).digest, index.digest);
});
