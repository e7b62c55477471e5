import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { anyOf, needsSystemTests } from "@teu/testing/skip";
import { testMetadata } from "../testing/metadata-contract.ts";
import { type PostgresServer, needsPostgres, startPostgres } from "../testing/postgres-server.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";

testMetadata("in SQLite", async () => openSqlite({ path: ":memory:", noteDelayMs: 5 }));

const skip = anyOf(needsPostgres(), needsSystemTests());
let started: Promise<PostgresServer> | undefined;
const server = (): Promise<PostgresServer> => (started ??= startPostgres());

suite("metadata of several nodes", { skip }, () => {
  after(async () => (await started)?.[Symbol.asyncDispose]());

  if (skip === false)
    testMetadata("in PostgreSQL", async () =>
      openPostgres({ url: await (await server()).database(), noteDelayMs: 5, connections: 4 }),
    );

  test("nodes take turns with locks, which end with their node", async () => {
    const url = await (await server()).database();
    await using first = await openPostgres({ url });
    const second = await openPostgres({ url });
    const lock = await second.locks?.acquire("key", false);
    assert.equal(lock?.held, true);
    assert.equal(await first.locks?.acquire("key", false), undefined);
    const waiting = first.locks?.acquire("key", true);
    await second[Symbol.asyncDispose]();
    assert.equal(lock.held, false);
    const taken = await waiting;
    assert.equal(taken?.held, true);
    await taken.release();
    await (await first.locks?.acquire("key", false))?.release();
  });

  test("two nodes that move the same tags and mark do not get in each other's way", async () => {
    const url = await (await server()).database();
    const lines: [number, string][] = [];
    const journal = {
      appendJournal: (added: readonly string[], place = 0) => void lines.push([place, added.join("\n")]),
    };
    await using first = await openPostgres({ url, journal });
    await using second = await openPostgres({ url, journal });
    const digests = Array.from({ length: 5 }, (_, index) => digestBytes(Buffer.from(`${index}`)));
    const work = Array.from({ length: 200 }, async (_, index) => {
      const node = index % 2 === 0 ? first : second;
      const [repo, digest] = [`r${index % 7}`, digests[index % 5] ?? digestBytes(Buffer.of())];
      await node.commit({ op: "link", repo, digest, size: 1, lease: index, at: index, actor: "x" });
      if (index % 9 === 0) await node.mark(index, undefined, 100);
    });
    await Promise.all(work);
    assert.equal(new Set(lines.map(([place]) => place)).size, lines.length);
    await first.mark(1000, undefined, 100);
    assert.equal(
      (await first.blobs({ limit: 10 })).every(({ doomed }) => doomed),
      true,
    );
  });
});
