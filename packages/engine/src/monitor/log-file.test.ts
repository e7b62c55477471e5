import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseLine } from "../containers/logs.ts";
import { logLines, wholeLines } from "./log-file.ts";
import { restartDelayMs, wantsRestart } from "./restart.ts";

const TIME = "2026-01-01T00:00:00.000000Z";

function written(chunk: string | Uint8Array): string {
  return Buffer.from(logLines("stdout", TIME, Buffer.from(chunk))).toString("latin1");
}

suite("lines of a log", () => {
  test("whole lines, parts and empty lines", () => {
    assert.equal(written("a\n"), `${TIME} stdout F a\n`);
    assert.equal(written("a\n\nb"), `${TIME} stdout F a\n${TIME} stdout F \n${TIME} stdout P b\n`);
    assert.equal(written(""), "");
  });

  test("as many as fit, and one at least", () => {
    const text = Buffer.from("ab\ncd\nef\n");
    assert.deepEqual(
      [9, 8, 6, 3, 1, 0].map((room) => wholeLines(text, room)),
      [9, 6, 6, 3, 3, 3],
    );
  });

  test("bytes stay as they are", () => {
    assert.equal(written(Uint8Array.of(0, 255, 13, 10)), `${TIME} stdout F \0\xff\r\n`);
  });

  test("they are read as they were written", () => {
    const line = parseLine(Buffer.from(written("two words")).subarray(0, -1));
    assert.deepEqual(
      [line?.time, line?.isError, line?.isWhole, line?.text.toString()],
      [TIME, false, false, "two words"],
    );
    assert.equal(parseLine(Buffer.from("nonsense")), undefined);
  });
});

suite("restarts", () => {
  const facts = { max: 0, exitCode: 1, restarts: 5 };

  test("by policy", () => {
    assert.equal(wantsRestart({ ...facts, policy: "no" }), false);
    assert.equal(wantsRestart({ ...facts, policy: "always", exitCode: 0 }), true);
    assert.equal(wantsRestart({ ...facts, policy: "unless-stopped" }), true);
    assert.equal(wantsRestart({ ...facts, policy: "on-failure" }), true);
    assert.equal(wantsRestart({ ...facts, policy: "on-failure", exitCode: 0 }), false);
    assert.equal(wantsRestart({ ...facts, policy: "on-failure", max: 5 }), false);
  });

  test("each bad run doubles the wait, up to a minute", () => {
    assert.deepEqual([0, 1, 2, 30].map(restartDelayMs), [100, 200, 400, 60_000]);
  });
});
