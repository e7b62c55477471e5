/**
 * What every storage driver has to do.
 * @module
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { concatBytes } from "@teu/std/bytes";
import { collect } from "@teu/std/streams";
import type { ByteStream } from "@teu/content/store";
import type { StorageDriver } from "../storage/driver.ts";

const BYTES = new Uint8Array(Buffer.from("0123456789"));
const DIGEST = digestBytes(BYTES);
const DIGEST_512 = digestBytes(BYTES, "sha512");

/** Runs the contract on drivers that `open` gives, empty each. */
export function testDriver(name: string, open: () => Promise<StorageDriver>): void {
  suite(`storage driver ${name}`, () => {
    test("keeps content by digest, whole and in parts", async () => {
      await using driver = await open();
      assert.equal(await driver.size(DIGEST), undefined);
      for (const digest of [DIGEST, DIGEST_512]) {
        await driver.store(digest, BYTES);
        await driver.store(digest, BYTES);
        assert.equal(await driver.size(digest), 10);
        assert.deepEqual(await text(driver.read(digest)), "0123456789");
        assert.deepEqual(await text(driver.read(digest, { start: 3, end: 5 })), "34");
        assert.deepEqual(await text(driver.read(digest, { start: 3, end: 3 })), "");
      }
      assert.equal(await count(driver.list()), 2);
    });

    test("removes content, and does not mind if it is gone", async () => {
      await using driver = await open();
      await driver.store(DIGEST, BYTES);
      await driver.remove(DIGEST);
      await driver.remove(DIGEST);
      assert.equal(await driver.size(DIGEST), undefined);
      await assert.rejects(text(driver.read(DIGEST)));
      assert.equal(await count(driver.list()), 0);
    });

    test("grows uploads, takes bytes back, and makes them content", async () => {
      await using driver = await open();
      assert.equal(await driver.uploadSize("u-1"), undefined);
      await append(driver, 0, "01", "2345xxx");
      assert.equal(await driver.uploadSize("u-1"), 9);
      await append(driver, 6, "6789");
      assert.equal(await driver.uploadSize("u-1"), 10);
      assert.equal(await text(driver.readUpload("u-1")), "0123456789");
      assert.deepEqual(await Array.fromAsync(driver.uploads()), ["u-1"]);
      await driver.complete("u-1", DIGEST);
      assert.equal(await text(driver.read(DIGEST)), "0123456789");
      assert.equal(await driver.uploadSize("u-1"), undefined);
    });

    test("completes uploads of no bytes, and discards others", async () => {
      await using driver = await open();
      const empty = digestBytes(new Uint8Array());
      await driver.complete("u-2", empty);
      assert.equal(await driver.size(empty), 0);
      assert.equal(await text(driver.read(empty)), "");
      await append(driver, 0, "01");
      await driver.discard("u-1");
      await driver.discard("u-1");
      assert.deepEqual(await Array.fromAsync(driver.uploads()), []);
    });
  });
  testJoining(name, open);
}

/** Contents of uploads that came in pieces, quarantine, and the journal. */
function testJoining(name: string, open: () => Promise<StorageDriver>): void {
  suite(`storage driver ${name}, further`, () => {
    test("makes content of an upload that came in many requests, small and large", async () => {
      await using driver = await open();
      const chunks = [3, 6_000_000, 5, 0, 70_000, 12_000_000, 1].map((size, index) => new Uint8Array(size).fill(index));
      let offset = 0;
      for (const chunk of chunks) {
        await using writer = await driver.append("u-3", offset);
        await writer.write([chunk.subarray(0, 2), chunk.subarray(2)]);
        offset += chunk.length;
      }
      assert.equal(await driver.uploadSize("u-3"), offset);
      const digest = digestBytes(concatBytes(chunks));
      await driver.complete("u-3", digest);
      const back = await collect(driver.read(digest), { maxBytes: offset });
      assert.equal(digestBytes(back), digest);
      assert.deepEqual(await Array.fromAsync(driver.uploads()), []);
    });

    test("puts content into quarantine, where nobody reads it, and takes the same anew", async () => {
      await using driver = await open();
      await driver.quarantine(DIGEST);
      await driver.store(DIGEST, BYTES);
      await driver.quarantine(DIGEST);
      assert.equal(await driver.size(DIGEST), undefined);
      assert.equal(await count(driver.list()), 0);
      await driver.store(DIGEST, BYTES);
      assert.equal(await text(driver.read(DIGEST)), "0123456789");
    });

    test("keeps a journal in its order", async () => {
      await using driver = await open();
      assert.deepEqual(await Array.fromAsync(driver.readJournal()), []);
      await driver.appendJournal(['{"a":1}', '{"a":2}']);
      await driver.appendJournal(['{"a":3}']);
      assert.deepEqual(await Array.fromAsync(driver.readJournal()), ['{"a":1}', '{"a":2}', '{"a":3}']);
      await driver.replaceJournal(['{"a":4}']);
      await driver.appendJournal(['{"a":5}']);
      assert.deepEqual(await Array.fromAsync(driver.readJournal()), ['{"a":4}', '{"a":5}']);
    });
  });
}

async function append(driver: StorageDriver, offset: number, ...chunks: readonly string[]): Promise<void> {
  await using writer = await driver.append("u-1", offset);
  await writer.write(chunks.map((chunk) => Buffer.from(chunk)));
  await writer.write([]);
}

async function text(stream: ByteStream): Promise<string> {
  return new TextDecoder().decode(await collect(stream, { maxBytes: 1000 }));
}

async function count(list: AsyncIterable<unknown>): Promise<number> {
  return (await Array.fromAsync(list)).length;
}
