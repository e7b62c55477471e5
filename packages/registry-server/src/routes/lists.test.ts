import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Ask, memoryRegistry, pushImage, pushManifest } from "../testing/fixture.ts";

async function pages(ask: Ask, path: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const { text, headers } = await ask(`GET ${next}`);
    const body = JSON.parse(text) as { tags?: unknown; repositories?: unknown };
    found.push(body.tags ?? body.repositories);
    next = /^<(.*)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1];
  }
  return found;
}

async function fill(ask: Ask): Promise<void> {
  for (const tag of ["b", "a", "C", "d", "latest"]) await pushImage(ask, "repo/one", { tag });
  await pushImage(ask, "repo/two");
}

suite("lists", () => {
  test("of tags come in order and in pages", async () => {
    await using fixture = memoryRegistry();
    await fill(fixture.ask);
    const list = "/v2/repo/one/tags/list";
    assert.deepEqual(await pages(fixture.ask, list), [["C", "a", "b", "d", "latest"]]);
    assert.deepEqual(await pages(fixture.ask, `${list}?n=2`), [["C", "a"], ["b", "d"], ["latest"]]);
    assert.deepEqual(await pages(fixture.ask, `${list}?n=5`), [["C", "a", "b", "d", "latest"]]);
    assert.deepEqual(await pages(fixture.ask, `${list}?last=b`), [["d", "latest"]]);
    assert.deepEqual(await pages(fixture.ask, `${list}?n=1&last=d`), [["latest"]]);
    assert.deepEqual(await pages(fixture.ask, `${list}?last=between`), [["d", "latest"]]);
    assert.deepEqual(await pages(fixture.ask, `${list}?n=0`), [[]]);
    assert.equal((JSON.parse((await fixture.ask(`GET ${list}`)).text) as { name: string }).name, "repo/one");
  });

  test("refuse what is no number, and repositories that are not there", async () => {
    await using fixture = memoryRegistry();
    assert.deepEqual((await fixture.ask("GET /v2/a/tags/list?n=x")).codes, ["PAGINATION_NUMBER_INVALID"]);
    assert.deepEqual((await fixture.ask("GET /v2/a/tags/list?n=-1")).status, 400);
    const { status, codes } = await fixture.ask("GET /v2/a/tags/list");
    assert.deepEqual([status, codes], [404, ["NAME_UNKNOWN"]]);
  });

  test("have pages where no number is given and there is too much", async () => {
    await using fixture = memoryRegistry({ settings: { maxPageEntries: 2 } });
    await fill(fixture.ask);
    assert.deepEqual(await pages(fixture.ask, "/v2/repo/one/tags/list?n=100"), [["C", "a"], ["b", "d"], ["latest"]]);
    assert.deepEqual(await pages(fixture.ask, "/v2/_catalog"), [["repo/one", "repo/two"]]);
  });

  test("of repositories have those that may be pulled", async () => {
    const access = { actor: "me", ping: true, catalog: true, allows: (_: string, repo: string) => repo !== "repo/one" };
    let open = true;
    const authority = {
      admit: async () => (open ? { ...access, allows: () => true } : access),
      deny: () => ({ status: 403, headers: {} }),
    };
    await using fixture = memoryRegistry({ authority });
    await fill(fixture.ask);
    assert.deepEqual(await pages(fixture.ask, "/v2/_catalog?n=1"), [["repo/one"], ["repo/two"]]);
    open = false;
    assert.deepEqual(await pages(fixture.ask, "/v2/_catalog?n=1"), [["repo/two"]]);
  });
});

suite("extensions", () => {
  test("are discovered", async () => {
    await using fixture = memoryRegistry();
    for (const [path, names] of [
      ["/v2/_oci/ext/discover", ["_oci"]],
      ["/v2/a/_oci/ext/discover", ["_oci", "_teu"]],
    ] as const) {
      const { text } = await fixture.ask(`GET ${path}`);
      const { extensions } = JSON.parse(text) as { extensions: { name: string }[] };
      assert.deepEqual(
        extensions.map(({ name }) => name),
        names,
      );
    }
    assert.deepEqual((await fixture.ask("GET /v2/a/_other/thing")).codes, ["EXTENSION_UNKNOWN"]);
  });

  test("show the history of a tag and restore it", async () => {
    await using fixture = memoryRegistry();
    const first = await pushImage(fixture.ask, "a", { seed: "1" });
    fixture.clock.now += 1000;
    const second = await pushImage(fixture.ask, "a", { seed: "2" });
    fixture.clock.now += 1000;
    await fixture.ask(`DELETE /v2/a/manifests/${second}`);
    const { history } = JSON.parse((await fixture.ask("GET /v2/a/_teu/history?tag=latest")).text) as {
      history: { digest: string; start: number; end?: number }[];
    };
    assert.deepEqual(
      history.map(({ digest, start, end }) => [digest, (end ?? 0) - start]),
      [
        [second, 1000],
        [first, 1000],
      ],
    );
    assert.equal((await fixture.ask("POST /v2/a/_teu/restore?tag=latest")).status, 201);
    const { headers } = await fixture.ask("HEAD /v2/a/manifests/latest");
    assert.equal(headers.get("docker-content-digest"), second);
    assert.equal((await fixture.ask("POST /v2/a/_teu/restore?tag=latest")).status, 404);
    assert.equal((await fixture.ask("POST /v2/a/_teu/restore?tag=absent")).status, 404);
  });

  test("show what a repository holds", async () => {
    await using fixture = memoryRegistry();
    await pushImage(fixture.ask, "a");
    await pushManifest(fixture.ask, "a/manifests/x", '{"a":1}', "application/vnd.example+json");
    const usage = JSON.parse((await fixture.ask("GET /v2/a/_teu/usage")).text) as object;
    assert.deepEqual(usage, { name: "a", bytes: 17, blobs: 2, manifests: 2, tags: 2 });
    assert.deepEqual((await fixture.ask("GET /v2/b/_teu/usage")).codes, ["NAME_UNKNOWN"]);
  });
});
