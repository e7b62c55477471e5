import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { Checkpoints } from "./checkpoints.ts";

test("Checkpoints moves a log that is long, so that it begins anew, and no other", async () => {
  await using dir = await tempDir();
  const path = dir.join("data.db");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (text TEXT)");
  const pages = (): number => Number(database.prepare("PRAGMA wal_checkpoint(NOOP)").get()?.["log"]);
  const write = (): void => database.exec("INSERT INTO t VALUES (hex(randomblob(100000)))");
  try {
    for (const [maxPages, moved] of [
      [100_000, false],
      [100, true],
    ] as const) {
      await using checkpoints = new Checkpoints(path, database, maxPages);
      for (let batch = 0; batch < 16; batch += 1) {
        write();
        await checkpoints.afterBatch();
      }
      const before = pages();
      write();
      assert.equal(pages() < before, moved, `${before} pages, and then ${pages()}`);
    }
    assert.equal(database.prepare("SELECT count(*) AS count FROM t").get()?.["count"], 34);
  } finally {
    database.close();
  }
});
