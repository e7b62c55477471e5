import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { collect } from "@teu/std/streams";
import { testDriver } from "../testing/driver-contract.ts";
import { fakeS3 } from "../testing/fake-s3.ts";
import type { StorageDriver } from "./driver.ts";
import { fileDriver } from "./file-driver.ts";
import { memoryDriver } from "./memory-driver.ts";
import { s3Driver } from "./s3/s3-driver.ts";

testDriver("in memory", async () => memoryDriver());

testDriver("of files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "teu-driver-"));
  return closing(await fileDriver(folder), () => rm(folder, { recursive: true }));
});

testDriver("in S3", async () => {
  const server = await fakeS3();
  return closing(s3Driver({ ...server, prefix: "some/folder (1)/" }), async () => server[Symbol.asyncDispose]());
});

/** A driver that takes more with it when it is closed. */
function closing(driver: StorageDriver, close: () => Promise<void>): StorageDriver {
  const dispose = driver[Symbol.asyncDispose].bind(driver);
  return new Proxy(driver, {
    get: (target, property) => {
      if (property === Symbol.asyncDispose) return async () => dispose().then(close);
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  }) satisfies StorageDriver;
}

const BYTES = Buffer.from("content");
const DIGEST = digestBytes(BYTES);

test("quarantine keeps the bytes: of files in a folder, of S3 below a name of its own", async () => {
  const folder = await mkdtemp(join(tmpdir(), "teu-driver-"));
  {
    await using driver = await fileDriver(folder);
    await driver.store(DIGEST, Buffer.from("damaged"));
    await driver.quarantine(DIGEST);
    assert.equal(await readFile(join(folder, "quarantine", DIGEST.replace(":", "-")), "utf8"), "damaged");
  }
  await rm(folder, { recursive: true });
  await using server = await fakeS3();
  await using driver = s3Driver(server);
  await driver.store(DIGEST, Buffer.from("damaged"));
  await driver.quarantine(DIGEST);
  assert.deepEqual(Array.from(server.objects.keys()), [`quarantine/${DIGEST.replace(":", "/")}`]);
});

suite("storage driver in S3", () => {
  test("tries again when the server is busy or the connection breaks, and then tells", async () => {
    await using server = await fakeS3();
    await using driver = s3Driver(server);
    server.faults.push(503, 0, 500);
    await driver.store(DIGEST, BYTES);
    assert.equal(server.log.length, 4);
    server.faults.push(403);
    await assert.rejects(driver.size(DIGEST), { code: "ERR_REGISTRY_STORAGE", message: /HEAD of object.*status 403/ });
  });

  test("writes no blob twice, and does without conditions where the server has none", async () => {
    await using server = await fakeS3();
    await using driver = s3Driver(server);
    await driver.store(DIGEST, BYTES);
    await driver.store(DIGEST, BYTES);
    assert.deepEqual(
      server.log.map((line) => line.split(" ")[0]),
      ["PUT", "PUT", "HEAD"],
    );
    server.conditional = false;
    await driver.store(DIGEST, BYTES);
    await driver.store(DIGEST, BYTES);
    assert.equal(server.log.length, 6);
  });

  test("mends a blob that has another size", async () => {
    await using server = await fakeS3();
    await using driver = s3Driver(server);
    await driver.store(DIGEST, BYTES.subarray(1));
    await driver.store(DIGEST, BYTES);
    assert.equal(await driver.size(DIGEST), BYTES.length);
  });

  test("gives addresses that hold for a while", async () => {
    await using server = await fakeS3();
    await using driver = s3Driver({ ...server, redirectSeconds: 60 });
    await driver.store(DIGEST, BYTES);
    const address = driver.addressOf?.(DIGEST) ?? "";
    assert.equal(await (await fetch(address)).text(), "content");
    assert.equal((await fetch(address.replace(/.$/, (last) => (last === "0" ? "1" : "0")))).status, 403);
    await using earlier = s3Driver({ ...server, redirectSeconds: 60, now: () => Date.now() - 61_000 });
    assert.equal((await fetch(earlier.addressOf?.(DIGEST) ?? "")).status, 403);
  });

  test("leaves out what stands behind a gap, and refuses keys that are wrong", async () => {
    await using server = await fakeS3();
    await using driver = s3Driver(server);
    await using other = s3Driver({ ...server, credentials: () => ({ accessKey: "access", secretKey: "other" }) });
    await assert.rejects(other.size(DIGEST), { code: "ERR_REGISTRY_STORAGE" });
    for (const offset of [0, 9]) {
      await using writer = await driver.append("u", offset);
      await writer.write([BYTES]);
    }
    assert.equal(await driver.uploadSize("u"), 7);
    assert.equal(String(Buffer.from(await collect(driver.readUpload("u"), { maxBytes: 100 }))), "content");
  });
});
