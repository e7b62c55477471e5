import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { sleep, withSignal } from "@teu/std/abort";

const REASON = new Error("enough");

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

test("withSignal() passes the outcome on and leaves no listener", async () => {
  const { signal } = new AbortController();
  assert.equal(await withSignal(Promise.resolve(1), signal), 1);
  await assert.rejects(withSignal(Promise.reject(REASON), signal), REASON);
  assert.equal(await withSignal(Promise.resolve(2), undefined), 2);
  assert.equal(listeners(signal), 0);
});

test("withSignal() rejects with the reason while the promise is pending", async () => {
  const controller = new AbortController();
  const waiting = withSignal(new Promise(() => {}), controller.signal);
  assert.equal(listeners(controller.signal), 1);
  controller.abort(REASON);
  await assert.rejects(waiting, REASON);
  await assert.rejects(withSignal(Promise.resolve(1), controller.signal), REASON);
  assert.equal(listeners(controller.signal), 0);
});

test("withSignal() takes care of a failure that comes too late", async () => {
  const late = Promise.withResolvers<void>();
  await assert.rejects(withSignal(late.promise, AbortSignal.abort(REASON)), REASON);
  late.reject(new Error("late"));
  await new Promise(setImmediate);
});

test("sleep() waits, and leaves no listener", async () => {
  const { signal } = new AbortController();
  const start = performance.now();
  await sleep(20, signal);
  assert.ok(performance.now() - start >= 19);
  assert.equal(listeners(signal), 0);
});

test("sleep() ends with the signal", async () => {
  const controller = new AbortController();
  const sleeping = sleep(60_000, controller.signal);
  controller.abort(REASON);
  await assert.rejects(sleeping, REASON);
  await assert.rejects(sleep(60_000, controller.signal), REASON);
  assert.equal(listeners(controller.signal), 0);
});
