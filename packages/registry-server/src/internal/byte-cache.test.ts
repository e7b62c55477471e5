import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteCache } from "./byte-cache.ts";

test("ByteCache keeps as much as fits, and forgets what was asked for longest ago", () => {
  const cache = new ByteCache(1024);
  const bytes = new Uint8Array(4);
  for (let index = 0; index < 256; index += 1) cache.set(`${index}`, bytes);
  cache.set("0", bytes);
  assert.equal(cache.get("1"), bytes);
  cache.set("new", bytes);
  assert.deepEqual(
    [cache.get("2"), cache.get("1"), cache.get("0"), cache.get("new")],
    [undefined, bytes, bytes, bytes],
  );
  cache.delete("new");
  assert.equal(cache.get("new"), undefined);
});
