import assert from "node:assert/strict";
import * as files from "node:fs/promises";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type Chunks, delay, dribble, failAfter, hang, truncate, withFault } from "@teu/testing/fault";
import { tempDir } from "@teu/testing/temp-dir";

const source = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)];

/** Reads to the end or the failure, and gives each chunk as a list. */
async function read(chunks: Chunks): Promise<{ readonly lists: number[][]; readonly failure: unknown }> {
  const lists: number[][] = [];
  try {
    for await (const chunk of chunks) lists.push([...chunk]);
  } catch (failure) {
    return { lists, failure };
  }
  return { lists, failure: undefined };
}

test("failAfter() fails instead of a chunk, or of the end", async () => {
  for (const chunks of [0, 1, 2, 9]) {
    const { lists, failure } = await read(failAfter(source, chunks));
    assert.equal(lists.length, Math.min(chunks, 2));
    assert.equal(String(failure), `InjectedFault: injected fault at chunk ${chunks + 1}`);
  }
  const error = new Error("mine");
  assert.equal((await read(failAfter(source, 1, error))).failure, error);
});

test("truncate() ends early", async () => {
  const lists = async (bytes: number) => (await read(truncate(source, bytes))).lists;
  assert.deepEqual(await lists(0), []);
  assert.deepEqual(await lists(2), [[1, 2]]);
  assert.deepEqual(await lists(3), [[1, 2, 3]]);
  assert.deepEqual(await lists(4), [[1, 2, 3], [4]]);
  assert.deepEqual(await lists(9), [
    [1, 2, 3],
    [4, 5],
  ]);
});

test("delay() waits before each chunk and the end", async () => {
  let waits = 0;
  const wait = async (): Promise<void> => {
    waits += 1;
  };
  assert.equal((await read(delay(source, wait))).lists.length, 2);
  assert.equal(waits, 3);
  assert.equal((await read(delay(source))).lists.length, 2);
});

test("dribble() gives small and empty chunks", async () => {
  const { lists } = await read(dribble(source, 2));
  assert.deepEqual(lists, [[1, 2], [], [3], [], [4, 5], []]);
  assert.equal((await read(dribble(source))).lists.length, 10);
});

test("hang() gives everything but the end", async () => {
  const stream = hang(source);
  assert.equal((await stream.next()).done, false);
  assert.equal((await stream.next()).done, false);
  const outcome = await Promise.race([stream.next(), new Promise((resolve) => setTimeout(resolve, 10, "waits"))]);
  assert.equal(outcome, "waits");
});

test("withFault() notes the calls, those of file handles included", async () => {
  await using dir = await tempDir();
  const { target, calls } = withFault(files);
  const handle = await target.open(dir.join("a"), "w");
  await handle.write(Uint8Array.of(1));
  await handle.close();
  assert.deepEqual(calls, ["open", "open.write", "open.close"]);
  assert.deepEqual(await target.readdir(dir.path), ["a"]);
});

test("withFault() lets the nth call fail without doing anything", async () => {
  await using dir = await tempDir();
  const { target, calls } = withFault(files, { failAt: 2 });
  await target.writeFile(dir.join("a"), "");
  const error = await assertCode(() => target.writeFile(dir.join("b"), ""), "ERR_INJECTED_FAULT");
  assert.equal(error.message, "injected fault at call 2 (writeFile)");
  await target.writeFile(dir.join("c"), "");
  assert.deepEqual(await files.readdir(dir.path), ["a", "c"]);
  assert.equal(calls.length, 3);
});

test("withFault() counts the calls of one name if asked to", async () => {
  await using dir = await tempDir();
  const error = new Error("mine");
  const { target } = withFault(files, { name: "open.sync", failAt: 2, error });
  const handle = await target.open(dir.join("a"), "w");
  await handle.sync();
  await handle.write(Uint8Array.of(1));
  await assert.rejects(handle.sync(), error);
  await handle.close();
});
