import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type RetryOptions, retry } from "@teu/std/retry";

const FAILURE = new Error("refused");

/** A clock that moves only by sleeping, and keeps how long each sleep was. */
class Clock {
  nowMs = 1000;
  readonly sleeps: number[] = [];

  options(more: Partial<RetryOptions> = {}): RetryOptions {
    return {
      retryable: () => true,
      random: () => 1,
      nowMs: () => this.nowMs,
      sleep: async (ms) => {
        this.sleeps.push(ms);
        this.nowMs += ms;
      },
      ...more,
    };
  }
}

function failing(times: number): (attempt: number) => Promise<string> {
  return (attempt) => (attempt <= times ? Promise.reject(FAILURE) : Promise.resolve(`attempt ${attempt}`));
}

suite("retry()", () => {
  test("gives the first success, without waiting", async () => {
    const clock = new Clock();
    assert.equal(await retry(failing(0), clock.options()), "attempt 1");
    assert.deepEqual(clock.sleeps, []);
  });

  test("waits twice as long after each failure, up to the longest delay", async () => {
    const clock = new Clock();
    const options = clock.options({ maxAttempts: 7, firstDelayMs: 100, maxDelayMs: 1000 });
    assert.equal(await retry(failing(6), options), "attempt 7");
    assert.deepEqual(clock.sleeps, [100, 200, 400, 800, 1000, 1000]);
  });

  test("spreads the waiting over the whole of it", async () => {
    const clock = new Clock();
    const values = [0, 0.5, 0.25];
    await retry(failing(3), clock.options({ firstDelayMs: 100, random: () => values.shift() ?? 0 }));
    assert.deepEqual(clock.sleeps, [0, 100, 100]);
  });

  test("rejects with the last failure after so many attempts", async () => {
    const clock = new Clock();
    const attempts: number[] = [];
    const work = (attempt: number): Promise<never> => {
      attempts.push(attempt);
      return Promise.reject(attempt === 3 ? FAILURE : new Error("earlier"));
    };
    await assert.rejects(retry(work, clock.options({ maxAttempts: 3 })), FAILURE);
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.equal(clock.sleeps.length, 2);
  });

  test("does not try again what is final", async () => {
    const clock = new Clock();
    const seen: unknown[] = [];
    const retryable = (error: unknown): boolean => {
      seen.push(error);
      return false;
    };
    await assert.rejects(retry(failing(9), clock.options({ retryable })), FAILURE);
    assert.deepEqual(seen, [FAILURE]);
  });

  test("makes no attempt that would begin too late", async () => {
    const clock = new Clock();
    const options = clock.options({ maxAttempts: 99, firstDelayMs: 100, maxTotalMs: 700 });
    await assert.rejects(retry(failing(99), options), FAILURE);
    assert.deepEqual(clock.sleeps, [100, 200, 400]);
  });

  test("waits at least as long as the other side asks, or not at all", async () => {
    const clock = new Clock();
    const options = clock.options({ retryable: () => 5000, firstDelayMs: 100, maxTotalMs: 11_000 });
    await assert.rejects(retry(failing(9), options), FAILURE);
    assert.deepEqual(clock.sleeps, [5100, 5200]);
  });

  test("tells about each failure that is followed by an attempt", async () => {
    const events: string[] = [];
    const onRetry: RetryOptions["onRetry"] = ({ error, attempt, delayMs }) =>
      events.push(`${String(error === FAILURE)} ${attempt} ${delayMs}`);
    await retry(failing(2), new Clock().options({ firstDelayMs: 10, onRetry }));
    assert.deepEqual(events, ["true 1 10", "true 2 20"]);
  });
});

suite("retry() with a signal", () => {
  const REASON = new Error("enough");

  test("makes no attempt once it is aborted", async () => {
    const options = new Clock().options({ signal: AbortSignal.abort(REASON) });
    await assert.rejects(
      retry(() => assert.fail("begun"), options),
      REASON,
    );
  });

  test("ends while it waits", async () => {
    const controller = new AbortController();
    const retrying = retry(failing(9), {
      retryable: () => 60_000,
      maxTotalMs: Infinity,
      signal: controller.signal,
      onRetry: () => setImmediate(() => controller.abort(REASON)),
    });
    await assert.rejects(retrying, REASON);
  });

  test("does not judge the failure of an aborted attempt", async () => {
    const controller = new AbortController();
    const work = (): Promise<never> => {
      controller.abort(REASON);
      return Promise.reject(FAILURE);
    };
    const retryable = (): boolean => assert.fail("judged");
    await assert.rejects(retry(work, new Clock().options({ retryable, signal: controller.signal })), REASON);
  });
});
