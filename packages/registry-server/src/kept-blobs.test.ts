import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { digestBytes } from "@teu/content/hash";
import type { Digest } from "@teu/spec/digest";
import { KeptBlobs } from "./kept-blobs.ts";
import type { StorageDriver } from "./storage/driver.ts";
import { memoryDriver } from "./storage/memory-driver.ts";

const KB = 1024;

suite("blobs in memory", () => {
  test("are small ones from their first pull on", async () => {
    const { kept, store } = make();
    const { digest, size } = await store("small");
    assert.deepEqual([kept.isSmall(64 * KB), kept.isSmall(64 * KB + 1), kept.get(digest)], [true, false, undefined]);
    await Array.fromAsync(kept.readSmall(digest, size));
    assert.equal(Buffer.from(kept.get(digest) ?? []).toString(), "small");
    kept.delete(digest);
    assert.equal(kept.get(digest), undefined);
  });

  test("are larger ones from their second pull on, read once for all who pull meanwhile", async () => {
    const { kept, store, reads } = make();
    const { digest, size } = await store("x".repeat(100 * KB));
    kept.notePull(digest, size);
    assert.equal(reads.count, 0);
    for (let pull = 0; pull < 5; pull += 1) kept.notePull(digest, size);
    await turn();
    assert.deepEqual([reads.count, kept.get(digest)?.length], [1, size]);
  });

  test("are none above a megabyte, and none whose bytes are wrong", async () => {
    const { kept, store, storage, reads } = make();
    const large = await store("x".repeat(KB * KB + 1));
    const wrong = digestBytes(Buffer.from("right"));
    await storage.store(wrong, Buffer.from("wrong"));
    for (const { digest, size } of [large, { digest: wrong, size: 5 }]) {
      for (let pull = 0; pull < 3; pull += 1) kept.notePull(digest, size);
    }
    const read = await Array.fromAsync(kept.readSmall(wrong, 5));
    await turn();
    assert.equal(Buffer.concat(read).toString(), "wrong");
    assert.deepEqual([reads.count, kept.get(large.digest), kept.get(wrong)], [2, undefined, undefined]);
  });

  test("that cannot be read are tried again at a later pull", async () => {
    const { kept } = make();
    const nobody = digestBytes(Buffer.from("nobody pushed this"));
    for (let pull = 0; pull < 4; pull += 1) {
      kept.notePull(nobody, 5);
      await turn();
    }
    assert.equal(kept.get(nobody), undefined);
  });
});

interface Made {
  readonly kept: KeptBlobs;
  readonly storage: StorageDriver;
  readonly reads: { count: number };
  readonly store: (text: string) => Promise<{ readonly digest: Digest; readonly size: number }>;
}

function make(): Made {
  const storage = memoryDriver();
  const reads = { count: 0 };
  const read: StorageDriver["read"] = (digest, span) => {
    reads.count += 1;
    return storage.read(digest, span);
  };
  const store = async (text: string): Promise<{ readonly digest: Digest; readonly size: number }> => {
    const digest = digestBytes(Buffer.from(text));
    await storage.store(digest, Buffer.from(text));
    return { digest, size: text.length };
  };
  return { kept: new KeptBlobs({ read }), storage, reads, store };
}
