/**
 * The storage driver for S3 against a server that others wrote: the gateway of Ceph.
 */
import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { s3Driver } from "@teu/registry-server/storage/s3/s3-driver";
import { testDriver } from "@teu/registry-server/testing/driver-contract";
import { type Ceph, needsCeph, startCeph } from "./ceph.ts";

const skip = needsCeph();
let started: Promise<Ceph> | undefined;
const ceph = (): Promise<Ceph> => (started ??= startCeph());

suite("S3 of Ceph", { skip }, () => {
  after(async () => (await started)?.[Symbol.asyncDispose]());

  if (skip === false) testDriver("in S3 of Ceph", async () => s3Driver(await (await ceph()).bucket()));

  test("gives addresses that hold for a while, and writes no blob twice", async () => {
    const options = await (await ceph()).bucket();
    await using driver = s3Driver({ ...options, prefix: "with space & ü/", redirectSeconds: 60 });
    const bytes = Buffer.from("content");
    const digest = digestBytes(bytes);
    await driver.store(digest, bytes);
    await driver.store(digest, bytes);
    assert.equal(await (await fetch(driver.addressOf?.(digest) ?? "")).text(), "content");
    await using other = s3Driver({ ...options, credentials: () => ({ accessKey: "access", secretKey: "wrong" }) });
    await assert.rejects(other.size(digest), { code: "ERR_REGISTRY_STORAGE" });
    assert.deepEqual(await Array.fromAsync(driver.list()), [{ digest, size: 7 }]);
  });
});
