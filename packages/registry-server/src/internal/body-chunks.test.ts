import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { giveBack } from "@teu/std/slabs";
import { bodyChunks } from "./body-chunks.ts";

/** Chunks as a network gives them, each in memory of its own. */
function chunks(count: number, bytes: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.allocUnsafeSlow(bytes).fill(index));
}

suite("bodyChunks()", () => {
  test("gives chunks as they came to a reader who is slow, and frees those that come back", async () => {
    const sent = chunks(20, 65_536);
    const got: Uint8Array[] = [];
    for await (const chunk of bodyChunks(Readable.from(sent, { objectMode: false, highWaterMark: 131_072 }))) {
      await sleep(1);
      got.push(chunk);
    }
    assert.deepEqual(
      got.map((chunk) => [chunk.length, chunk[0]]),
      sent.map((_, index) => [65_536, index]),
    );
    giveBack(got[0] ?? new Uint8Array());
    assert.equal(got[0]?.length, 0);
    assert.equal(got[1]?.length, 65_536);
  });

  test("lets little wait for a reader who is slow", async () => {
    let asked = 0;
    const body = new Readable({ highWaterMark: 65_536, read: () => void body.push((asked++, Buffer.alloc(65_536))) });
    const reader = bodyChunks(body);
    await reader[Symbol.asyncIterator]().next();
    await sleep(20);
    assert.ok(asked < 10, `${asked} chunks were asked for`);
    body.destroy();
  });

  test("leaves open what is not read to its end, and goes on with it", async () => {
    const body = Readable.from(chunks(6, 200_000), { objectMode: false });
    for await (const _ of bodyChunks(body)) break;
    await sleep(5);
    assert.equal(body.destroyed, false);
    let rest = 0;
    for await (const chunk of bodyChunks(body)) rest += chunk.length;
    assert.ok(rest >= 600_000, `${rest} bytes were left`);
    assert.deepEqual(await Array.fromAsync(bodyChunks(body)), []);
  });

  test("gives what came before a failure, and then fails", async () => {
    for (const fault of [undefined, new Error("cut")]) {
      const body = new Readable({ read: () => {} });
      body.push(Buffer.from("first"));
      const got: string[] = [];
      const reading = (async () => {
        for await (const chunk of bodyChunks(body)) {
          got.push(Buffer.from(chunk).toString());
          body.destroy(fault);
        }
      })();
      await assert.rejects(reading, fault === undefined ? /ended before it/ : /cut/);
      assert.deepEqual(got, ["first"]);
      if (!body.closed) await once(body, "close");
      await assert.rejects(Array.fromAsync(bodyChunks(body)));
    }
  });
});
