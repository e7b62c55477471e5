import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { collect } from "@teu/std/streams";
import { assertCode } from "@teu/testing/assert-code";
import { type DecompressOptions, decompress } from "./decompress.ts";

const TEXT = new TextEncoder().encode("layer ".repeat(50_000));
const MAX = { maxBytes: 2 ** 30 };

function plain(
  bytes: Uint8Array,
  compression: "none" | "gzip" | "zstd",
  options?: DecompressOptions,
): Promise<Uint8Array> {
  const halves = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
  return collect(decompress(halves, compression, options), MAX);
}

suite("decompress()", () => {
  test("gives plain bytes of every compression", async () => {
    assert.deepEqual(await plain(TEXT, "none"), TEXT);
    assert.deepEqual(await plain(gzipSync(TEXT), "gzip"), TEXT);
    assert.deepEqual(await plain(zstdCompressSync(TEXT), "zstd"), TEXT);
  });

  test("reads several members or frames as one stream", async () => {
    const twice = Buffer.concat([TEXT, TEXT]);
    assert.ok(twice.equals(await plain(Buffer.concat([gzipSync(TEXT), gzipSync(TEXT)]), "gzip")));
    assert.ok(twice.equals(await plain(Buffer.concat([zstdCompressSync(TEXT), zstdCompressSync(TEXT)]), "zstd")));
  });

  test("reads frames of zstd wherever they are cut, and passes over those that are to be", async () => {
    const pieces = [TEXT.subarray(0, 5), new Uint8Array(0), TEXT.subarray(5), new Uint8Array(300_000), TEXT];
    const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const frames = pieces.flatMap((piece, at) => [
      zstdCompressSync(piece, { params: { [constants.ZSTD_c_checksumFlag]: at % 2 } }),
      skippable,
    ]);
    const bytes = Buffer.concat(frames);
    for (const size of [bytes.length, 1, 7, 64]) {
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, at * size + size),
      );
      const actual = await collect(decompress(parts, "zstd"), MAX);
      assert.ok(Buffer.concat(pieces).equals(actual), `in pieces of ${size}`);
    }
  });

  test("refuses zstd with something else behind it", async () => {
    for (const more of [[0], [0x5a, 0x2a, 0x4d, 0x18], [0x5a, 0x2a, 0x4d, 0x18, 9, 0, 0, 0, 1], [1, 2, 3, 4, 5]]) {
      const bytes = Buffer.concat([zstdCompressSync(TEXT), Buffer.from(more)]);
      await assertCode(() => plain(bytes, "zstd"), "ERR_COMPRESSION_INVALID");
    }
  });

  test("refuses what is not compressed, and what ends early", async () => {
    for (const [bytes, compression] of [
      [TEXT, "gzip"],
      [TEXT, "zstd"],
      [gzipSync(TEXT).subarray(0, 200), "gzip"],
      [zstdCompressSync(TEXT).subarray(0, 20), "zstd"],
    ] as const) {
      await assertCode(() => plain(bytes, compression), "ERR_COMPRESSION_INVALID");
    }
  });

  test("holds the plain bytes to their bound", async () => {
    await assertCode(() => plain(gzipSync(TEXT), "gzip", { maxBytes: 1000 }), "ERR_COMPRESSION_LIMIT");
    await assertCode(() => plain(TEXT, "none", { maxBytes: 1000 }), "ERR_COMPRESSION_LIMIT");
  });

  test("refuses a bomb by its ratio, long before it is unpacked", async () => {
    const bomb = gzipSync(new Uint8Array(128 * 2 ** 20));
    await assertCode(() => plain(bomb, "gzip", { maxRatio: 100 }), "ERR_COMPRESSION_LIMIT");
  });

  test("passes an error of its source on as it is", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield gzipSync(TEXT).subarray(0, 100);
      throw new Error("the network went away");
    }
    await assert.rejects(collect(decompress(broken(), "gzip"), MAX), new Error("the network went away"));
  });

  test("closes its source when the reader leaves early", async () => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield gzipSync(TEXT);
      } finally {
        close();
      }
    }
    for await (const _ of decompress(source(), "gzip")) break;
    await closed;
  });
});
