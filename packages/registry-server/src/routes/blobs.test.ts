import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { memoryRegistry, pushBlob, pushImage } from "../testing/fixture.ts";

const NOBODY = digestBytes(Buffer.from("nobody pushed this"));

suite("blobs", () => {
  test("the base of the API answers, with the version of Docker's", async () => {
    await using fixture = memoryRegistry();
    const { status, text, headers } = await fixture.ask("GET /v2/");
    assert.deepEqual([status, text, headers.get("docker-distribution-api-version")], [200, "{}", "registry/2.0"]);
  });

  test("are pulled whole, with digest and length", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushBlob(fixture.ask, "a/b", "0123456789");
    for (const method of ["GET", "HEAD"]) {
      const { status, headers, text } = await fixture.ask(`${method} /v2/a/b/blobs/${digest}`);
      assert.equal(status, 200);
      assert.equal(headers.get("docker-content-digest"), digest);
      assert.equal(headers.get("content-length"), "10");
      assert.equal(headers.get("content-type"), "application/octet-stream");
      assert.equal(text, method === "GET" ? "0123456789" : "");
    }
  });

  test("of no bytes work like any", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushBlob(fixture.ask, "a", "");
    assert.equal((await fixture.ask(`GET /v2/a/blobs/${digest}`)).headers.get("content-length"), "0");
    assert.equal((await fixture.ask(`GET /v2/a/blobs/${digest}`, { headers: { range: "bytes=-1" } })).status, 200);
    assert.equal((await fixture.ask(`GET /v2/a/blobs/${digest}`, { headers: { range: "bytes=0-" } })).status, 416);
  });

  test("are pulled in parts", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushBlob(fixture.ask, "a", "0123456789");
    const cases: readonly (readonly [range: string, status: number, text: string, contentRange: string | null])[] = [
      ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
      ["bytes=7-", 206, "789", "bytes 7-9/10"],
      ["bytes=-2", 206, "89", "bytes 8-9/10"],
      ["bytes=8-100", 206, "89", "bytes 8-9/10"],
      ["bytes=0-0", 206, "0", "bytes 0-0/10"],
      ["bytes=0-1,4-5", 200, "0123456789", null],
      ["lines=1-2", 200, "0123456789", null],
    ];
    for (const [range, status, text, contentRange] of cases) {
      const answer = await fixture.ask(`GET /v2/a/blobs/${digest}`, { headers: { range } });
      assert.deepEqual([answer.status, answer.text, answer.headers.get("content-range")], [status, text, contentRange]);
    }
  });

  test("refuse parts that are not there", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushBlob(fixture.ask, "a", "0123456789");
    for (const range of ["bytes=10-", "bytes=5-2", "bytes=x", "bytes=-0"]) {
      const { status, codes, headers } = await fixture.ask(`GET /v2/a/blobs/${digest}`, { headers: { range } });
      assert.deepEqual([status, codes, headers.get("content-range")], [416, ["UNSUPPORTED"], "bytes */10"], range);
    }
  });

  test("honour conditions", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushBlob(fixture.ask, "a", "0123456789");
    const get = (headers: Record<string, string>) => fixture.ask(`GET /v2/a/blobs/${digest}`, { headers });
    assert.equal((await get({ "if-none-match": `"${digest}"` })).status, 304);
    assert.equal((await get({ "if-none-match": '"other"' })).status, 200);
    assert.equal((await get({ "if-match": '"other"' })).status, 412);
    assert.equal((await get({ "if-range": `"${digest}"`, range: "bytes=0-1" })).status, 206);
    assert.equal((await get({ "if-range": '"other"', range: "bytes=0-1" })).status, 200);
    assert.equal((await get({ "if-match": '"unclosed' })).status, 400);
  });

  test("that are not there are unknown, whatever other repositories have", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushBlob(fixture.ask, "a", "content");
    for (const path of [`a/blobs/${NOBODY}`, `b/blobs/${digest}`]) {
      const { status, codes } = await fixture.ask(`GET /v2/${path}`);
      assert.deepEqual([status, codes], [404, ["BLOB_UNKNOWN"]]);
    }
    assert.deepEqual((await fixture.ask("GET /v2/a/blobs/sha256:zz")).codes, ["DIGEST_INVALID"]);
  });

  test("are deleted, unless a manifest needs them", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushBlob(fixture.ask, "a", "content");
    assert.equal((await fixture.ask(`DELETE /v2/a/blobs/${digest}`)).status, 202);
    assert.equal((await fixture.ask(`HEAD /v2/a/blobs/${digest}`)).status, 404);
    assert.equal((await fixture.ask(`DELETE /v2/a/blobs/${digest}`)).status, 404);
    await pushImage(fixture.ask, "a");
    const layer = digestBytes(Buffer.from("layer "));
    const { status, codes } = await fixture.ask(`DELETE /v2/a/blobs/${layer}`);
    assert.deepEqual([status, codes], [405, ["UNSUPPORTED"]]);
    assert.equal((await fixture.ask(`HEAD /v2/a/blobs/${layer}`)).status, 200);
  });

  test("are not deleted where deleting is switched off", async () => {
    await using fixture = memoryRegistry({ settings: { deletes: false } });
    const digest = await pushBlob(fixture.ask, "a", "content");
    assert.equal((await fixture.ask(`DELETE /v2/a/blobs/${digest}`)).status, 405);
  });

  test("wrong methods and paths are told apart", async () => {
    await using fixture = memoryRegistry();
    const { status, headers } = await fixture.ask(`PUT /v2/a/blobs/${NOBODY}`);
    assert.deepEqual([status, headers.get("allow")], [405, "GET, HEAD, DELETE"]);
    assert.equal((await fixture.ask("GET /v3/")).status, 404);
    assert.deepEqual((await fixture.ask("GET /v2/UPPER/tags/list")).codes, ["NAME_INVALID"]);
    assert.deepEqual(fixture.errors, []);
  });
});
