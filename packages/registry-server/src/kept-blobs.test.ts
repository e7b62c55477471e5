import assert from "node:assert/strict";
import { suite, test } from "node:test";
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
    assert.equal(Buffer.from((await kept.pull(digest, size)) ?? []).toString(), "small");
    assert.equal(kept.pull(digest, size), kept.get(digest));
    assert.equal(kept.get(digest)?.length, size);
    kept.delete(digest);
    assert.equal(kept.get(digest), undefined);
  });

  test("are larger ones from their second pull on, read once for all who pull meanwhile", async () => {
    const { kept, store, reads } = make();
    const { digest, size } = await store("x".repeat(100 * KB));
    assert.deepEqual([kept.pull(digest, size), reads.count], [undefined, 0]);
    const pulled = await Promise.all([1, 2, 3].map(async () => await kept.pull(digest, size)));
    assert.deepEqual(
      [reads.count, ...pulled.map((bytes) => bytes?.length), kept.get(digest)?.length],
      [1, size, size, size, size],
    );
  });

  test("are none above a megabyte", async () => {
    const { kept, store, reads } = make();
    const { digest, size } = await store("x".repeat(KB * KB + 1));
    assert.deepEqual([kept.pull(digest, size), kept.pull(digest, size), reads.count], [undefined, undefined, 0]);
  });

  test("are none whose bytes are wrong or not there, which the storage is asked for again", async () => {
    const { kept, storage, reads } = make();
    const [wrong, nobody] = ["right", "nobody pushed this"].map((text) => digestBytes(Buffer.from(text)));
    assert.ok(wrong !== undefined && nobody !== undefined);
    await storage.store(wrong, Buffer.from("wrong"));
    for (const digest of [wrong, nobody, wrong, nobody]) assert.equal(await kept.pull(digest, 5), undefined);
    assert.deepEqual([reads.count, kept.get(wrong), kept.get(nobody)], [4, undefined, undefined]);
  });

  test("are read a few at a time", async () => {
    const { kept, store } = make();
    const blobs = await Promise.all(Array.from({ length: 20 }, (_, index) => store(`${index}`)));
    const pulls = blobs.map(({ digest, size }) => kept.pull(digest, size));
    assert.equal(pulls.filter((pull) => pull !== undefined).length, 16);
    for (const pull of pulls) await pull;
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
