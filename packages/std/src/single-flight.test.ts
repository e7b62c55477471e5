import assert from "node:assert/strict";
import { test } from "node:test";
import { SingleFlight } from "@teu/std/single-flight";

const REASON = new Error("enough");

/** Work whose ending the test decides, and which counts how often it was begun. */
class Work {
  begun = 0;
  signal: AbortSignal | undefined;
  outcome: PromiseWithResolvers<string> = Promise.withResolvers();

  readonly run = (signal: AbortSignal): Promise<string> => {
    this.begun += 1;
    this.signal = signal;
    this.outcome = Promise.withResolvers();
    return this.outcome.promise;
  };
}

test("SingleFlight shares a result by key", async () => {
  const flights = new SingleFlight<string>();
  const [a, b] = [new Work(), new Work()];
  const results = [flights.run("a", a.run), flights.run("a", a.run), flights.run("b", b.run)];
  a.outcome.resolve("of a");
  b.outcome.resolve("of b");
  assert.deepEqual(await Promise.all(results), ["of a", "of a", "of b"]);
  assert.deepEqual([a.begun, b.begun], [1, 1]);
});

test("SingleFlight shares a failure, also one that is thrown at once", async () => {
  const flights = new SingleFlight<string>();
  const work = new Work();
  const callers = [flights.run("a", work.run), flights.run("a", work.run)];
  work.outcome.reject(REASON);
  for (const caller of callers) await assert.rejects(caller, REASON);
  await assert.rejects(
    flights.run("a", () => {
      throw REASON;
    }),
    REASON,
  );
});

test("SingleFlight keeps nothing: the next caller begins anew", async () => {
  const flights = new SingleFlight<string>();
  const work = new Work();
  for (const result of ["first", "second"]) {
    const caller = flights.run("a", work.run);
    work.outcome.resolve(result);
    assert.equal(await caller, result);
  }
  assert.equal(work.begun, 2);
});

test("SingleFlight lets one caller leave without disturbing the others", async () => {
  const flights = new SingleFlight<string>();
  const work = new Work();
  const controller = new AbortController();
  const leaving = flights.run("a", work.run, controller.signal);
  const staying = flights.run("a", work.run, new AbortController().signal);
  controller.abort(REASON);
  await assert.rejects(leaving, REASON);
  assert.equal(work.signal?.aborted, false);
  work.outcome.resolve("done");
  assert.equal(await staying, "done");
});

test("SingleFlight aborts the work when the last caller leaves, and begins anew for the next", async () => {
  const flights = new SingleFlight<string>();
  const work = new Work();
  const controllers = [new AbortController(), new AbortController()];
  const leaving = controllers.map(({ signal }) => flights.run("a", work.run, signal));
  for (const controller of controllers) controller.abort(REASON);
  for (const caller of leaving) await assert.rejects(caller, REASON);
  assert.equal(work.signal?.reason, REASON);

  const abandoned = work.outcome;
  const next = flights.run("a", work.run);
  assert.equal(work.begun, 2);
  abandoned.reject(new Error("late"));
  await new Promise(setImmediate);
  const joining = flights.run("a", work.run);
  work.outcome.resolve("done");
  assert.deepEqual(await Promise.all([next, joining]), ["done", "done"]);
  assert.equal(work.begun, 2);
});

test("SingleFlight does not abort the signal of work that has ended", async () => {
  const flights = new SingleFlight<string>();
  const work = new Work();
  const caller = flights.run("a", work.run);
  work.outcome.resolve("done");
  await caller;
  assert.equal(work.signal?.aborted, false);
});

test("SingleFlight begins nothing for a caller whose signal is aborted", async () => {
  const work = new Work();
  await assert.rejects(new SingleFlight<string>().run("a", work.run, AbortSignal.abort(REASON)), REASON);
  assert.equal(work.begun, 0);
});
