import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { Semaphore, mapLimit } from "@teu/std/limit";

const REASON = new Error("enough");

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

test("Semaphore hands out permits in the order they were asked for", async () => {
  const semaphore = new Semaphore(2);
  const order: string[] = [];
  const take = async (name: string): Promise<Disposable> => {
    const permit = await semaphore.acquire();
    order.push(name);
    return permit;
  };
  const [a, b] = [await take("a"), await take("b")];
  const waiting = [take("c"), take("d"), take("e")];
  await settle();
  assert.deepEqual(order, ["a", "b"]);
  b[Symbol.dispose]();
  await settle();
  assert.deepEqual(order, ["a", "b", "c"]);
  a[Symbol.dispose]();
  a[Symbol.dispose]();
  await settle();
  assert.deepEqual(order, ["a", "b", "c", "d"]);
  (await waiting[0])?.[Symbol.dispose]();
  await waiting[2];
  assert.deepEqual(order, ["a", "b", "c", "d", "e"]);
});

test("Semaphore gives a released permit to who waits, not to who comes", async () => {
  const semaphore = new Semaphore(1);
  const first = await semaphore.acquire();
  const order: string[] = [];
  const waiting = semaphore.acquire().then((permit) => {
    order.push("waited");
    return permit[Symbol.dispose]();
  });
  first[Symbol.dispose]();
  const came = semaphore.acquire().then(() => order.push("came"));
  await Promise.all([waiting, came]);
  assert.deepEqual(order, ["waited", "came"]);
});

test("Semaphore lets who waits leave", async () => {
  const semaphore = new Semaphore(1);
  const controller = new AbortController();
  const first = await semaphore.acquire();
  const leaving = semaphore.acquire(controller.signal);
  const staying = semaphore.acquire(new AbortController().signal);
  controller.abort(REASON);
  await assert.rejects(leaving, REASON);
  await assert.rejects(semaphore.acquire(controller.signal), REASON);
  first[Symbol.dispose]();
  (await staying)[Symbol.dispose]();
  (await semaphore.acquire())[Symbol.dispose]();
});

test("Semaphore leaves no listener on a signal", async () => {
  const semaphore = new Semaphore(1);
  const { signal } = new AbortController();
  const first = await semaphore.acquire(signal);
  const second = semaphore.acquire(signal);
  first[Symbol.dispose]();
  await second;
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("Semaphore.run() gives the permit back, whatever comes of the work", async () => {
  const semaphore = new Semaphore(1);
  assert.equal(await semaphore.run(() => Promise.resolve(1)), 1);
  await assert.rejects(
    semaphore.run(() => Promise.reject(REASON)),
    REASON,
  );
  assert.equal(await semaphore.run(() => Promise.resolve(2)), 2);
});

test("Semaphore refuses a number of permits that makes no sense", () => {
  for (const permits of [0, -1, 1.5, Number.NaN]) assert.throws(() => new Semaphore(permits), RangeError);
});

test("mapLimit() gives the results in order, of lists and of streams", async () => {
  const work = async (ms: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ms * 2;
  };
  async function* stream(): AsyncGenerator<number> {
    yield* [9, 1, 5];
  }
  assert.deepEqual(await mapLimit([9, 1, 5], work, { concurrency: 3 }), [18, 2, 10]);
  assert.deepEqual(await mapLimit(stream(), work, { concurrency: 2 }), [18, 2, 10]);
  assert.deepEqual(await mapLimit([], work, { concurrency: 2 }), []);
});

test("mapLimit() works on so many at a time, and reads one item ahead at most", async () => {
  let running = 0;
  let most = 0;
  let begun = 0;
  let read = 0;
  function* items(): Generator<number> {
    for (; read < 50;) yield (read += 1);
  }
  const work = async (): Promise<void> => {
    running += 1;
    begun += 1;
    most = Math.max(most, running);
    assert.ok(read <= begun + 1);
    await settle();
    running -= 1;
  };
  await mapLimit(items(), work, { concurrency: 4 });
  assert.equal(most, 4);
  assert.equal(begun, 50);
});

test("mapLimit() stops at the first failure, once the work under way has ended", async () => {
  const events: string[] = [];
  let closed = false;
  async function* items(): AsyncGenerator<string> {
    try {
      yield* ["slow", "bad", "never", "never"];
    } finally {
      closed = true;
    }
  }
  const work = async (item: string, signal: AbortSignal): Promise<void> => {
    events.push(`begin ${item}`);
    await settle();
    if (item === "bad") throw REASON;
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await settle();
    events.push(`end ${item}, ${String(signal.reason === REASON)}`);
  };
  await assert.rejects(mapLimit(items(), work, { concurrency: 2 }), REASON);
  assert.deepEqual(events, ["begin slow", "begin bad", "end slow, true"]);
  assert.ok(closed);
});

test("mapLimit() fails with the source", async () => {
  async function* items(): AsyncGenerator<number> {
    yield 1;
    throw REASON;
  }
  let ended = 0;
  const work = async (): Promise<void> => {
    await settle();
    ended += 1;
  };
  await assert.rejects(mapLimit(items(), work, { concurrency: 4 }), REASON);
  assert.equal(ended, 1);
});

test("mapLimit() takes work that throws at once for a failure", async () => {
  const work = (): Promise<void> => {
    throw REASON;
  };
  await assert.rejects(mapLimit([1, 2], work, { concurrency: 1 }), REASON);
});

test("mapLimit() ends with its signal though neither source nor slots move", async () => {
  const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const controller = new AbortController();
  const waitingForSource = mapLimit(hanging, () => Promise.resolve(), { concurrency: 1, signal: controller.signal });
  const work = (_item: number, signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(REASON), { once: true }));
  const waitingForSlot = mapLimit([1, 2, 3], work, { concurrency: 1, signal: controller.signal });
  await settle();
  controller.abort(REASON);
  await assert.rejects(waitingForSource, REASON);
  await assert.rejects(waitingForSlot, REASON);
});

test("mapLimit() does not begin once its signal is aborted", async () => {
  const work = (): Promise<void> => assert.fail("begun");
  await assert.rejects(mapLimit([1], work, { concurrency: 1, signal: AbortSignal.abort(REASON) }), REASON);
});
