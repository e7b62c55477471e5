import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyedLock } from "./keyed-lock.ts";

test("work under one key is done one after the other, in order, and work under another does not wait", async () => {
  const lock = new KeyedLock();
  const seen: string[] = [];
  const held = Promise.withResolvers<void>();
  const first = lock.run("a", async () => {
    await held.promise;
    seen.push("first");
  });
  const second = lock.run("a", async () => void seen.push("second"));
  await lock.run("b", async () => void seen.push("other"));
  held.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(seen, ["other", "first", "second"]);
});

test("work that fails lets the next begin, and an aborted wait gives its turn up", async () => {
  const lock = new KeyedLock();
  const held = Promise.withResolvers<void>();
  const failing = lock.run("a", async () => await held.promise);
  const waiting = lock.run("a", () => assert.fail("it was aborted"), AbortSignal.timeout(1));
  await assert.rejects(waiting, { name: "TimeoutError" });
  const next = lock.run("a", async () => "done");
  held.reject(new Error("no luck"));
  await assert.rejects(failing, /no luck/);
  assert.equal(await next, "done");
});
