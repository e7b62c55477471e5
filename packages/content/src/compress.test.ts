import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { collect } from "@teu/std/streams";
import { failAfter } from "@teu/testing/fault";
import { compress } from "./compress.ts";
import { chunksOf, sampleOf } from "./testing/samples.ts";

const MAX = { maxBytes: 1e7 };
const { bytes } = sampleOf(700_000);

suite("compress()", () => {
  test("gives what the formats' own programs read", async () => {
    const gzip = await collect(compress(chunksOf(bytes, 10_000), "gzip"), MAX);
    assert.ok(gunzipSync(gzip).equals(bytes));
    const zstd = await collect(compress(chunksOf(bytes, 10_000), "zstd"), MAX);
    assert.ok(zstdDecompressSync(zstd).equals(bytes));
    assert.deepEqual(await collect(compress([bytes], "none"), MAX), bytes);
  });

  test("gives the same however the source is cut, and names no time and no system", async () => {
    for (const compression of ["gzip", "zstd"] as const) {
      const [one, other] = await Promise.all(
        [1000, 123_456].map((chunk) => collect(compress(chunksOf(bytes, chunk), compression), MAX)),
      );
      assert.deepEqual(one, other, compression);
    }
    const head = (await collect(compress([bytes], "gzip"), MAX)).subarray(0, 10);
    assert.deepEqual([...head.subarray(0, 8)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    assert.equal(head[9], 255);
  });

  test("gives one member of gzip, whatever the length", async () => {
    const whole = new Uint8Array(3 * 2 ** 20 + 5);
    for (let at = 0; at < whole.length; at += 1) whole[at] = (at * at) >> 11;
    for (const length of [1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 ** 21, whole.length]) {
      const plain = whole.subarray(0, length);
      const packed = await collect(compress(chunksOf(plain, 300_000), "gzip"), MAX);
      assert.ok(gunzipSync(packed).equals(plain), `${length}`);
      assert.ok(packed.length < gzipSync(plain).length * 1.02 + 10, `${packed.length} bytes of ${length}`);
      const view = new DataView(packed.buffer, packed.length - 4);
      assert.equal(view.getUint32(0, true), length);
    }
  });

  test("takes nothing at all", async () => {
    const empty = await collect(compress([], "gzip"), MAX);
    assert.equal(gunzipSync(empty).length, 0);
  });

  test("passes an error of the source on as it is, and closes a source that it leaves", async () => {
    const failure = new Error("the source broke");
    await assert.rejects(
      collect(compress(failAfter(chunksOf(bytes, 1000), 3, failure), "zstd"), MAX),
      (error) => error === failure,
    );
    const closed = Promise.withResolvers<void>();
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield bytes.slice();
      } finally {
        closed.resolve();
      }
    };
    for await (const chunk of compress(source(), "gzip", { level: 1 })) {
      assert.ok(chunk.length > 0);
      break;
    }
    await closed.promise;
  });

  test("ends with the reason of its signal", async () => {
    const reason = new Error("enough");
    const compressing = collect(compress([bytes], "gzip", { signal: AbortSignal.abort(reason) }), MAX);
    await assert.rejects(compressing, (error) => error === reason);
  });

  test("refuses a level that there is not", async () => {
    await assert.rejects(collect(compress([bytes], "gzip", { level: 99 }), MAX), RangeError);
  });

  for (const compression of ["gzip", "zstd"] as const) {
    test(`ends when nobody reads what ${compression} gives any more`, { timeout: 20_000 }, async () => {
      let isClosed = false;
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield randomBytes(1024 * 1024);
        } finally {
          isClosed = true;
        }
      }
      for await (const _ of compress(endless(), compression)) {
        // By then the encoder is full of what has not been fetched.
        await new Promise((resolve) => setTimeout(resolve, 100));
        break;
      }
      assert.ok(isClosed);
    });
  }
});
