/**
 * The database of several nodes is lost: a new one is made from the bucket alone, and nodes on it give what was there.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { type RegistryData, openData, rebuildData } from "@teu/registry-server/data";
import { createHandler } from "@teu/registry-server/handler";
import { fakeS3 } from "@teu/registry-server/testing/fake-s3";
import { type Ask, askHandler, pushBlob, pushImage } from "@teu/registry-server/testing/fixture";
import { needsPostgres, startPostgres } from "@teu/registry-server/testing/postgres-server";
import { tempDir } from "@teu/testing/temp-dir";

const LEASE = { leaseMs: 3_600_000 };

test("a database that is lost is made anew from the bucket", { skip: needsPostgres() }, async () => {
  await using dir = await tempDir();
  await using postgres = await startPostgres();
  await using s3 = await fakeS3();
  const first = { s3, database: await postgres.database() };
  let digests: readonly (string | null)[] = [];
  {
    // Two nodes, whose changes stand in one journal.
    await using a = await openNode(dir.join("a"), first);
    await using b = await openNode(dir.join("b"), first);
    for (const [ask, seed] of [
      [a.ask, "1"],
      [b.ask, "2"],
      [a.ask, "3"],
    ] as const)
      await pushImage(ask, "team/app", { tag: `v${seed}`, seed });
    await b.ask("DELETE /v2/team/app/manifests/v2");
    await pushBlob(a.ask, "other", "lonely");
    const mount = `mount=${digestBytes(Buffer.from("lonely"))}&from=other`;
    assert.equal((await b.ask(`POST /v2/third/blobs/uploads/?${mount}`)).status, 201);
    digests = await digestsOf(b.ask);
    await assert.rejects(rebuildData(dir.join("c"), { ...first, ...LEASE }), { code: "ERR_REGISTRY_DATA" });
  }
  const second = { s3, database: await postgres.database() };
  const { lost } = await rebuildData(dir.join("c"), { ...second, ...LEASE });
  assert.deepEqual(lost, []);
  await using node = await openNode(dir.join("d"), second);
  const { ask } = node;
  assert.deepEqual(await digestsOf(ask), digests);
  assert.deepEqual(JSON.parse((await ask("GET /v2/team/app/tags/list")).text), {
    name: "team/app",
    tags: ["v1", "v3"],
  });
  for (const repo of ["other", "third"])
    assert.equal((await ask(`GET /v2/${repo}/blobs/${digestBytes(Buffer.from("lonely"))}`)).text, "lonely");
  await pushImage(ask, "team/app", { tag: "v4", seed: "4" });
  // What is added to the new database goes to the same journal.
  const third = { s3, database: await postgres.database() };
  assert.deepEqual((await rebuildData(dir.join("e"), { ...third, ...LEASE })).lost, []);
  await using again = await openNode(dir.join("f"), third);
  assert.equal((await again.ask("GET /v2/team/app/manifests/v4")).status, 200);
});

interface Node extends AsyncDisposable {
  readonly data: RegistryData;
  readonly ask: Ask;
}

async function openNode(root: string, places: Parameters<typeof openData>[1]): Promise<Node> {
  const data = await openData(root, places);
  const ask = askHandler(createHandler({ registry: data.registry }));
  return { data, ask, [Symbol.asyncDispose]: () => data[Symbol.asyncDispose]() };
}

async function digestsOf(ask: Ask): Promise<(string | null)[]> {
  const answers = ["v1", "v2", "v3"].map(async (tag) => await ask(`HEAD /v2/team/app/manifests/${tag}`));
  return (await Promise.all(answers)).map(({ headers }) => headers.get("docker-content-digest"));
}
