import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptRows } from "./kept-rows.ts";
import type { Query, Row } from "./steps.ts";

function query(hot: string | undefined, ...values: string[]): Query<number> {
  return { sql: "", values, read: (rows) => rows.length, ...(hot === undefined ? {} : { hot }) };
}

test("rows of hot questions are kept until they are forgotten, also that there are none", () => {
  const kept = new KeptRows();
  let asked = 0;
  const ask = (): readonly Row[] => [{ asked: (asked += 1) }];
  assert.deepEqual(kept.rows(query("tagged", "a", "b"), ask), [{ asked: 1 }]);
  assert.deepEqual(kept.rows(query("tagged", "a", "b"), ask), [{ asked: 1 }]);
  assert.deepEqual(kept.rows(query("tagged", "a", "c"), ask), [{ asked: 2 }]);
  assert.deepEqual(kept.rows(query("manifest", "a", "b"), ask), [{ asked: 3 }]);
  assert.deepEqual(
    kept.rows(query("blob", "x"), () => []),
    [],
  );
  assert.deepEqual(kept.rows(query("blob", "x"), ask), []);
  assert.deepEqual(kept.rows(query(undefined, "a", "b"), ask), [{ asked: 4 }]);
  kept.clear();
  assert.deepEqual(kept.rows(query("tagged", "a", "b"), ask), [{ asked: 5 }]);
});

test("large manifests are not kept", () => {
  const kept = new KeptRows();
  let asked = 0;
  const ask = (): readonly Row[] => [{ bytes: new Uint8Array(8193), asked: (asked += 1) }];
  kept.rows(query("manifest", "a"), ask);
  kept.rows(query("manifest", "a"), ask);
  assert.equal(asked, 2);
});
