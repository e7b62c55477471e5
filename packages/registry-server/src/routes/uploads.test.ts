import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import type { Access, Authority } from "../access.ts";
import { answerEmpty } from "../answers.ts";
import { type Ask, memoryRegistry, pushBlob } from "../testing/fixture.ts";

const TEXT = "0123456789";
const DIGEST = digestBytes(Buffer.from(TEXT));

async function begin(ask: Ask, query = ""): Promise<string> {
  const { status, headers } = await ask(`POST /v2/a/blobs/uploads/${query}`);
  assert.deepEqual([status, headers.get("range")], [202, "0-0"]);
  assert.ok(headers.get("docker-upload-uuid"));
  return headers.get("location") ?? "";
}

suite("uploads", () => {
  test("at once: POST and PUT", async () => {
    await using fixture = memoryRegistry();
    const location = await begin(fixture.ask);
    const { status, headers } = await fixture.ask(`PUT ${location}?digest=${DIGEST}`, { body: TEXT });
    assert.deepEqual([status, headers.get("docker-content-digest")], [201, DIGEST]);
    assert.equal((await fixture.ask(`GET ${headers.get("location")}`)).text, TEXT);
    assert.equal((await fixture.ask(`GET ${location}`)).status, 404);
    assert.equal(fixture.registry.uploads.size, 0);
  });

  test("with one POST", async () => {
    await using fixture = memoryRegistry();
    assert.equal(await pushBlob(fixture.ask, "a", TEXT), DIGEST);
    const wrong = digestBytes(Buffer.from("other"));
    const { status, codes } = await fixture.ask(`POST /v2/a/blobs/uploads/?digest=${wrong}`, { body: TEXT });
    assert.deepEqual([status, codes], [400, ["DIGEST_INVALID"]]);
    assert.equal(fixture.registry.uploads.size, 0);
  });

  test("as a stream, of no announced length", async () => {
    await using fixture = memoryRegistry();
    const location = await begin(fixture.ask);
    for (const [body, range] of [
      ["0123", "0-3"],
      ["456789", "0-9"],
    ]) {
      const { status, headers } = await fixture.ask(`PATCH ${location}`, {
        body: body ?? "",
        headers: { "content-length": "" },
      });
      assert.deepEqual([status, headers.get("range"), headers.get("location")], [202, range, location]);
    }
    assert.equal((await fixture.ask(`PUT ${location}?digest=${DIGEST}`)).status, 201);
    assert.equal((await fixture.ask(`GET /v2/a/blobs/${DIGEST}`)).text, TEXT);
  });

  test("in chunks, the last one with PUT", async () => {
    await using fixture = memoryRegistry();
    const location = await begin(fixture.ask);
    const chunk = (method: string, body: string, range: string) =>
      fixture.ask(`${method} ${location}${method === "PUT" ? `?digest=${DIGEST}` : ""}`, {
        body,
        headers: { "content-range": range },
      });
    assert.equal((await chunk("PATCH", "0123", "0-3")).status, 202);
    for (const [method, range] of [
      ["PATCH", "0-3"],
      ["PATCH", "5-8"],
      ["PUT", "8-11"],
    ]) {
      const { status, codes, headers } = await chunk(method ?? "", "4567", range ?? "");
      assert.deepEqual([status, codes, headers.get("range")], [416, ["BLOB_UPLOAD_INVALID"], "0-3"]);
      assert.equal(headers.get("location"), location);
    }
    const { status, headers } = await fixture.ask(`GET ${location}`);
    assert.deepEqual([status, headers.get("range")], [204, "0-3"]);
    assert.deepEqual((await chunk("PATCH", "4567", "4-9")).codes, ["SIZE_INVALID"]);
    assert.equal((await chunk("PUT", "456789", "4-9")).status, 201);
  });

  test("refuse chunks that end before they should, and forget their bytes", async () => {
    await using fixture = memoryRegistry();
    const location = await begin(fixture.ask);
    const headers = { "content-range": "0-9", "content-length": "10" };
    assert.deepEqual((await fixture.ask(`PATCH ${location}`, { body: "0123", headers })).codes, ["SIZE_INVALID"]);
    assert.equal((await fixture.ask(`PATCH ${location}`, { body: TEXT, headers })).status, 202);
    assert.equal((await fixture.ask(`PUT ${location}?digest=${DIGEST}`)).status, 201);
  });

  test("of sha512, said before or only at the end", async () => {
    await using fixture = memoryRegistry();
    const digest = digestBytes(Buffer.from(TEXT), "sha512");
    for (const query of ["?digest-algorithm=sha512", ""]) {
      const location = await begin(fixture.ask, query);
      await fixture.ask(`PATCH ${location}`, { body: TEXT });
      const { status, headers } = await fixture.ask(`PUT ${location}?digest=${digest}`);
      assert.deepEqual([status, headers.get("docker-content-digest")], [201, digest]);
    }
    const { status } = await fixture.ask("POST /v2/a/blobs/uploads/?digest-algorithm=md5");
    assert.equal(status, 400);
  });

  test("with a wrong digest are over", async () => {
    await using fixture = memoryRegistry();
    const location = await begin(fixture.ask);
    await fixture.ask(`PATCH ${location}`, { body: "other" });
    assert.deepEqual((await fixture.ask(`PUT ${location}`)).codes, ["DIGEST_INVALID"]);
    assert.deepEqual((await fixture.ask(`PUT ${location}?digest=${DIGEST}`)).codes, ["DIGEST_INVALID"]);
    assert.deepEqual((await fixture.ask(`GET ${location}`)).codes, ["BLOB_UPLOAD_UNKNOWN"]);
  });

  test("are cancelled", async () => {
    await using fixture = memoryRegistry();
    const location = await begin(fixture.ask);
    assert.equal((await fixture.ask(`DELETE ${location}`)).status, 204);
    for (const method of ["GET", "PATCH", "PUT", "DELETE"])
      assert.deepEqual((await fixture.ask(`${method} ${location}`)).status, 404, method);
  });

  test("belong to their repository", async () => {
    await using fixture = memoryRegistry();
    const location = await begin(fixture.ask);
    assert.equal((await fixture.ask(`GET ${location.replace("/a/", "/b/")}`)).status, 404);
  });

  test("larger than the limit are refused", async () => {
    await using fixture = memoryRegistry({ settings: { maxBlobBytes: 4 } });
    const location = await begin(fixture.ask);
    assert.equal((await fixture.ask(`PATCH ${location}`, { body: TEXT })).status, 413);
    assert.equal((await fixture.ask(`PUT ${location}?digest=${DIGEST}`, { body: TEXT })).status, 413);
  });

  test("past a quota are refused", async () => {
    const rules = () => ({ isFixed: () => false, maxBytes: 12 });
    await using fixture = memoryRegistry({ settings: { rules } });
    await pushBlob(fixture.ask, "a", TEXT);
    await pushBlob(fixture.ask, "a", TEXT);
    const digest = digestBytes(Buffer.from("abc"));
    const { status, codes } = await fixture.ask(`POST /v2/a/blobs/uploads/?digest=${digest}`, { body: "abc" });
    assert.deepEqual([status, codes], [403, ["DENIED"]]);
    await pushBlob(fixture.ask, "b", "abc");
    assert.deepEqual((await fixture.ask(`POST /v2/a/blobs/uploads/?mount=${digest}&from=b`)).codes, ["DENIED"]);
    // What was deleted makes room at once.
    await fixture.ask(`DELETE /v2/a/blobs/${DIGEST}`);
    assert.equal((await fixture.ask(`POST /v2/a/blobs/uploads/?mount=${digest}&from=b`)).status, 201);
    await pushBlob(fixture.ask, "a", "123456789");
    assert.equal((await fixture.ask(`POST /v2/a/blobs/uploads/?digest=${DIGEST}`, { body: TEXT })).status, 403);
  });

  test("that rest too long end", async () => {
    await using fixture = memoryRegistry({ settings: { sessionMs: 1000 } });
    const location = await begin(fixture.ask);
    assert.equal(await fixture.registry.uploads.expire(), 0);
    fixture.clock.now += 5000;
    assert.equal(await fixture.registry.uploads.expire(), 1);
    assert.equal((await fixture.ask(`GET ${location}`)).status, 404);
  });
});

suite("mounts", () => {
  const mount = (ask: Ask, query: string) => ask(`POST /v2/b/blobs/uploads/?mount=${DIGEST}${query}`);

  test("take a blob from the repository that is named, or from any", async () => {
    for (const query of ["&from=a", ""]) {
      await using fixture = memoryRegistry();
      await pushBlob(fixture.ask, "a", TEXT);
      const { status, headers } = await mount(fixture.ask, query);
      assert.deepEqual([status, headers.get("location")], [201, `/v2/b/blobs/${DIGEST}`]);
      assert.equal((await fixture.ask(`GET /v2/b/blobs/${DIGEST}`)).text, TEXT);
    }
  });

  test("begin an upload where there is nothing to mount", async () => {
    await using fixture = memoryRegistry();
    for (const query of ["&from=a", ""]) assert.equal((await mount(fixture.ask, query)).status, 202);
    assert.deepEqual((await mount(fixture.ask, "&from=BAD")).codes, ["NAME_INVALID"]);
  });

  test("show nothing of repositories that may not be pulled", async () => {
    const access: Access = { actor: "me", ping: true, catalog: false, allows: (_action, repo) => repo === "b" };
    let current: Access = { ...access, allows: () => true };
    const authority: Authority = { admit: async () => current, deny: () => answerEmpty(403) };
    await using fixture = memoryRegistry({ authority });
    await pushBlob(fixture.ask, "a", TEXT);
    current = access;
    for (const query of ["&from=a", ""]) assert.equal((await mount(fixture.ask, query)).status, 202);
    assert.equal((await fixture.ask(`GET /v2/a/blobs/${DIGEST}`)).status, 403);
  });
});
