import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SilenceWatch } from "./silence.ts";

// Its timers keep no process alive, so the tests wait by others.
suite("SilenceWatch", () => {
  test("tells of a wait that takes too long, though earlier ones set a later time", async () => {
    const watch = new SilenceWatch();
    const silent = Promise.withResolvers<void>();
    watch.begin(60_000, assert.fail);
    watch.end();
    watch.begin(20, silent.resolve);
    await silentWithin(silent.promise);
    watch.stop();
  });

  test("counts from the begin of the present wait, and tells nothing of one that has ended", async () => {
    const watch = new SilenceWatch();
    let told = 0;
    const count = (): void => void (told += 1);
    watch.begin(40, count);
    watch.end();
    watch.begin(5000, count);
    await sleep(120);
    watch.end();
    watch.begin(1, count);
    watch.stop();
    await sleep(20);
    assert.equal(told, 0);
  });
});

async function silentWithin(silent: Promise<void>): Promise<void> {
  const waiting = new AbortController();
  const late = sleep(10_000, undefined, { signal: waiting.signal }).then(
    () => assert.fail("nothing was told"),
    () => {},
  );
  await Promise.race([silent, late]);
  waiting.abort();
  await late;
}
