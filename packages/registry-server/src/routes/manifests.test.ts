import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, OCI_NONDISTRIBUTABLE_LAYER } from "@teu/spec/media-types";
import { manifestOf, memoryRegistry, pushBlob, pushImage, pushManifest } from "../testing/fixture.ts";

suite("manifests", () => {
  test("come back as they were pushed, by tag and digest, with their own type", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushImage(fixture.ask, "a/b", { tag: "v1" });
    for (const name of ["v1", digest]) {
      for (const method of ["GET", "HEAD"]) {
        const { status, headers, bytes } = await fixture.ask(`${method} /v2/a/b/manifests/${name}`, {
          headers: { accept: "application/vnd.docker.distribution.manifest.v1+json" },
        });
        assert.deepEqual([status, headers.get("content-type")], [200, OCI_MANIFEST]);
        assert.equal(headers.get("docker-content-digest"), digest);
        if (method === "GET") assert.equal(digestBytes(bytes), digest);
      }
    }
  });

  test("honour conditions, of tags too", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushImage(fixture.ask, "a");
    const headers = { "if-none-match": `W/"x", "${digest}"` };
    assert.equal((await fixture.ask("GET /v2/a/manifests/latest", { headers })).status, 304);
  });

  test("that are not there are unknown; what is no tag is refused", async () => {
    await using fixture = memoryRegistry();
    assert.deepEqual((await fixture.ask("GET /v2/a/manifests/latest")).codes, ["MANIFEST_UNKNOWN"]);
    assert.deepEqual((await fixture.ask("GET /v2/a/manifests/sha256:abc")).status, 400);
    assert.deepEqual((await fixture.ask("GET /v2/a/manifests/-x")).status, 400);
  });

  test("answer a push with place, digest and subject", async () => {
    await using fixture = memoryRegistry();
    const subject = { mediaType: OCI_MANIFEST, digest: digestBytes(Buffer.from("absent")), size: 6 };
    await pushImage(fixture.ask, "a");
    const body = manifestOf('{"seed":""}', "layer ", { subject });
    const { status, headers } = await pushManifest(fixture.ask, "a/manifests/x", body);
    assert.equal(status, 201);
    assert.equal(headers.get("location"), `/v2/a/manifests/${digestBytes(Buffer.from(body))}`);
    assert.equal(headers.get("oci-subject"), subject.digest);
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], subject });
    assert.equal(
      (await pushManifest(fixture.ask, "a/manifests/y", index, OCI_INDEX)).headers.get("oci-subject"),
      subject.digest,
    );
  });

  test("take several tags when pushed by digest", async () => {
    await using fixture = memoryRegistry();
    await pushImage(fixture.ask, "a");
    const body = manifestOf('{"seed":""}', "layer ");
    for (const algorithm of ["sha256", "sha512"]) {
      const digest = digestBytes(Buffer.from(body), algorithm);
      const tags = Array.from({ length: 12 }, (_, index) => `${algorithm}-${index}`);
      const query = tags.map((tag) => `tag=${tag}`).join("&");
      const { status, headers } = await pushManifest(fixture.ask, `a/manifests/${digest}?${query}`, body);
      assert.deepEqual([status, headers.get("oci-tag")], [201, tags.join(", ")]);
      for (const tag of tags) {
        const got = await fixture.ask(`HEAD /v2/a/manifests/${tag}`);
        assert.equal(got.headers.get("docker-content-digest"), digest);
      }
    }
    const digest = digestBytes(Buffer.from(body));
    assert.equal((await pushManifest(fixture.ask, `a/manifests/${digest}?tag=-`, body)).status, 400);
  });

  test("of another digest, of no JSON or of another type are refused", async () => {
    await using fixture = memoryRegistry({ settings: { require: "none" } });
    const body = manifestOf("{}", "layer");
    const other = digestBytes(Buffer.from("other"));
    assert.deepEqual((await pushManifest(fixture.ask, `a/manifests/${other}`, body)).codes, ["DIGEST_INVALID"]);
    assert.deepEqual((await pushManifest(fixture.ask, "a/manifests/x", "[]")).codes, ["MANIFEST_INVALID"]);
    assert.deepEqual((await pushManifest(fixture.ask, "a/manifests/x", "{")).codes, ["MANIFEST_INVALID"]);
    assert.deepEqual((await pushManifest(fixture.ask, "a/manifests/x", body, OCI_INDEX)).codes, ["MANIFEST_INVALID"]);
    assert.deepEqual((await pushManifest(fixture.ask, "a/manifests/x", body, "no type")).status, 400);
    const unknown = digestBytes(Buffer.from(body)).replace("sha256", "md5");
    assert.deepEqual((await pushManifest(fixture.ask, `a/manifests/${unknown}`, body)).codes, ["DIGEST_INVALID"]);
  });

  test("of types nobody knows are kept; without a type their own counts", async () => {
    await using fixture = memoryRegistry();
    const type = "application/vnd.example.thing+json";
    assert.equal((await pushManifest(fixture.ask, "a/manifests/x", '{"a":1}', type)).status, 201);
    await pushImage(fixture.ask, "a");
    const { status } = await fixture.ask("PUT /v2/a/manifests/y", { body: manifestOf('{"seed":""}', "layer ") });
    assert.equal(status, 201);
    assert.equal((await fixture.ask("HEAD /v2/a/manifests/y")).headers.get("content-type"), OCI_MANIFEST);
  });

  test("need what they name, but for a subject and layers that may not be distributed", async () => {
    await using fixture = memoryRegistry();
    await pushBlob(fixture.ask, "a", "config");
    const refused = await pushManifest(fixture.ask, "a/manifests/x", manifestOf("config", "absent"));
    assert.deepEqual([refused.status, refused.codes], [404, ["MANIFEST_BLOB_UNKNOWN"]]);
    const layers = [{ mediaType: OCI_NONDISTRIBUTABLE_LAYER, digest: digestBytes(Buffer.from("far")), size: 3 }];
    assert.equal((await pushManifest(fixture.ask, "a/manifests/x", manifestOf("config", "", { layers }))).status, 201);
    const entry = { mediaType: OCI_MANIFEST, digest: digestBytes(Buffer.from("absent")), size: 6 };
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] });
    assert.equal((await pushManifest(fixture.ask, "a/manifests/i", index, OCI_INDEX)).status, 404);
    fixture.registry.settings = { ...fixture.registry.settings, require: "blobs" };
    assert.equal((await pushManifest(fixture.ask, "a/manifests/i", index, OCI_INDEX)).status, 201);
    assert.equal((await pushManifest(fixture.ask, "a/manifests/x", manifestOf("config", "absent"))).status, 404);
    fixture.registry.settings = { ...fixture.registry.settings, require: "none" };
    assert.equal((await pushManifest(fixture.ask, "a/manifests/x", manifestOf("config", "absent"))).status, 201);
  });

  test("of almost 4 MiB are taken, larger ones refused", async () => {
    await using fixture = memoryRegistry();
    await pushImage(fixture.ask, "a");
    const body = (length: number): string =>
      manifestOf('{"seed":""}', "layer ", { annotations: { "org.example.text": "x".repeat(length) } });
    assert.equal((await pushManifest(fixture.ask, "a/manifests/x", body(4 * 1024 * 1024 - 2000))).status, 201);
    const { status, codes } = await pushManifest(fixture.ask, "a/manifests/x", body(4 * 1024 * 1024));
    assert.deepEqual([status, codes], [413, ["SIZE_INVALID"]]);
  });

  test("deleted by tag lose the tag, by digest everything, at once", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushImage(fixture.ask, "a", { tag: "one" });
    await pushImage(fixture.ask, "a", { tag: "two" });
    assert.equal((await fixture.ask("DELETE /v2/a/manifests/one")).status, 202);
    assert.equal((await fixture.ask("GET /v2/a/manifests/one")).status, 404);
    assert.equal((await fixture.ask(`GET /v2/a/manifests/${digest}`)).status, 200);
    assert.equal((await fixture.ask(`DELETE /v2/a/manifests/${digest}`)).status, 202);
    for (const name of ["two", digest]) assert.equal((await fixture.ask(`GET /v2/a/manifests/${name}`)).status, 404);
    for (const name of ["two", digest]) assert.equal((await fixture.ask(`DELETE /v2/a/manifests/${name}`)).status, 404);
    await pushImage(fixture.ask, "a", { tag: "two" });
    assert.equal((await fixture.ask(`GET /v2/a/manifests/${digest}`)).status, 200);
  });

  test("behind immutable tags stay", async () => {
    const rules = () => ({ isFixed: (tag: string) => tag.startsWith("v"), maxTags: 2 });
    await using fixture = memoryRegistry({ settings: { rules } });
    const digest = await pushImage(fixture.ask, "a", { tag: "v1" });
    await pushImage(fixture.ask, "a", { tag: "v1" });
    await pushImage(fixture.ask, "a", { tag: "x", seed: "2" });
    for (const request of ["DELETE /v2/a/manifests/v1", `DELETE /v2/a/manifests/${digest}`])
      assert.deepEqual((await fixture.ask(request)).codes, ["DENIED"]);
    const body = manifestOf('{"seed":"2"}', "layer 2");
    const refused = await pushManifest(fixture.ask, "a/manifests/v1", body);
    assert.deepEqual(refused.codes, ["DENIED"]);
    assert.match(refused.text, /"message":"[a-z ]+: the tag v1 must not change"/);
    assert.deepEqual((await pushManifest(fixture.ask, "a/manifests/y", body)).codes, ["DENIED"], "too many tags");
  });

  test("carry warnings of their repository", async () => {
    await using fixture = memoryRegistry({ settings: { warnings: (repo) => (repo === "a" ? ["old"] : []) } });
    await pushImage(fixture.ask, "a");
    assert.equal((await fixture.ask("GET /v2/a/manifests/latest")).headers.get("warning"), '299 - "old"');
    assert.equal((await fixture.ask("GET /v2/")).headers.get("warning"), null);
  });
});

suite("referrers", () => {
  const empty = { mediaType: OCI_CONFIG, digest: digestBytes(Buffer.from("{}")), size: 2 };
  const artifact = (subject: object, type: string, note = "") =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      ...(type === "" ? {} : { artifactType: type }),
      config: { ...empty, mediaType: "application/vnd.example.config+json" },
      layers: [],
      subject,
      annotations: { note },
    });

  test("are listed for any digest, with type and annotations, filtered and in pages", async () => {
    await using fixture = memoryRegistry();
    await pushBlob(fixture.ask, "a", "{}");
    const subject = { mediaType: OCI_MANIFEST, digest: digestBytes(Buffer.from("subject")), size: 7 };
    const none = await fixture.ask(`GET /v2/nobody/referrers/${subject.digest}`);
    assert.deepEqual([none.status, none.headers.get("content-type")], [200, OCI_INDEX]);
    assert.deepEqual((JSON.parse(none.text) as { manifests: unknown[] }).manifests, []);
    for (const [index, type] of ["application/a", "application/a", "application/b", ""].entries())
      await pushManifest(fixture.ask, `a/manifests/t${index}`, artifact(subject, type, `n${index}`));
    const list = async (query: string) => {
      const answer = await fixture.ask(`GET /v2/a/referrers/${subject.digest}${query}`);
      return { ...answer, manifests: (JSON.parse(answer.text) as { manifests: Record<string, never>[] }).manifests };
    };
    const all = await list("");
    assert.equal(all.manifests.length, 4);
    assert.equal(all.headers.get("oci-filters-applied"), null);
    assert.deepEqual(
      all.manifests.map((entry) => String(entry["artifactType"])).toSorted((a, b) => Number(a > b) - Number(a < b)),
      ["application/a", "application/a", "application/b", "application/vnd.example.config+json"],
    );
    assert.equal(new Set(all.manifests.map((entry) => entry["annotations"]?.["note"])).size, 4);
    const filtered = await list("?artifactType=application/a");
    assert.deepEqual([filtered.manifests.length, filtered.headers.get("oci-filters-applied")], [2, "artifactType"]);
    const first = await list("?n=3");
    const next = /^<(.*)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1];
    const second = await fixture.ask(`GET ${next}`);
    const rest = (JSON.parse(second.text) as { manifests: { digest: string }[] }).manifests;
    assert.equal(first.manifests.length + rest.length, 4);
    assert.equal(second.headers.get("link"), null);
    assert.equal((await fixture.ask("GET /v2/a/referrers/sha256:bad")).status, 400);
  });

  test("pushed with a fallback tag by older clients are listed once, and go with their manifest", async () => {
    await using fixture = memoryRegistry();
    const digest = await pushImage(fixture.ask, "a");
    await pushBlob(fixture.ask, "a", "{}");
    const body = artifact({ mediaType: OCI_MANIFEST, digest, size: 1 }, "application/a");
    const referrer = digestBytes(Buffer.from(body));
    await pushManifest(fixture.ask, `a/manifests/${referrer}`, body);
    const entry = { mediaType: OCI_MANIFEST, digest: referrer, size: body.length };
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] });
    await pushManifest(fixture.ask, `a/manifests/${digest.replace(":", "-")}`, index, OCI_INDEX);
    const list = async () =>
      (JSON.parse((await fixture.ask(`GET /v2/a/referrers/${digest}`)).text) as { manifests: { digest: string }[] })
        .manifests;
    assert.deepEqual(
      (await list()).map((found) => found.digest),
      [referrer],
    );
    await fixture.ask(`DELETE /v2/a/manifests/${referrer}`);
    assert.deepEqual(await list(), []);
  });
});
