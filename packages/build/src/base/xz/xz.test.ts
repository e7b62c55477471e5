import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { needsProgram } from "@teu/testing/skip";
import { crc64 } from "./crc64.ts";
import { decompressXz } from "./xz.ts";

const MAX = { maxBytes: 2 ** 28 };

function xz(plain: Uint8Array, ...options: string[]): Uint8Array {
  const { stdout, status } = spawnSync("xz", ["-c", ...options], { input: plain, maxBuffer: 2 ** 28 });
  assert.equal(status, 0);
  return stdout;
}

suite("xz", { skip: needsProgram("xz") }, () => {
  const text = Buffer.from(Array.from({ length: 12_000 }, (_, at) => `line ${at % 997} of ${at}\n`).join(""));
  const binary = Buffer.concat([
    randomBytes(100_000),
    text.subarray(0, 50_000),
    randomBytes(10),
    Buffer.alloc(300_000),
  ]);

  const CASES: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
    ["text", text, []],
    ["the fastest level", text, ["-0"]],
    ["the best level", text, ["-9e"]],
    ["what cannot be compressed, and zeros", binary, []],
    ["nothing", new Uint8Array(0), []],
    ["one byte", Uint8Array.of(7), []],
    ["no checksum", text, ["--check=none"]],
    ["CRC-32", text, ["--check=crc32"]],
    ["SHA-256", text, ["--check=sha256"]],
    ["several blocks", text, ["--block-size=65536"]],
    ["blocks of several threads", text, ["-T2", "--block-size=80000"]],
    ["other parameters of literals", text, ["--lzma2=preset=6,lc=0,lp=4,pb=0"]],
    ["many positions", binary, ["--lzma2=preset=1,lc=1,lp=2,pb=4,mode=fast,nice=5"]],
  ];
  for (const [name, plain, options] of CASES) {
    test(name, () => assert.deepEqual(Buffer.from(decompressXz(xz(plain, ...options), MAX)), Buffer.from(plain)));
  }

  test("streams in a row with padding between", () => {
    const both = Buffer.concat([xz(text), Buffer.alloc(8), xz(binary), Buffer.alloc(4)]);
    assert.deepEqual(Buffer.from(decompressXz(both, MAX)), Buffer.concat([text, binary]));
  });

  test("other filters are refused", () => {
    const error = assertCode(() => decompressXz(xz(binary, "--x86", "--lzma2"), MAX), "ERR_XZ_INVALID");
    assert.match(error.message, /filters other than LZMA2/);
  });

  test("a file that ends early, at any byte", () => {
    const whole = xz(text.subarray(0, 3000));
    for (let end = 0; end < whole.length; end += 1)
      assertCode(() => decompressXz(whole.subarray(0, end), MAX), "ERR_XZ_INVALID");
  });

  test("a file with any byte changed gives an error, and never other bytes", () => {
    const plain = text.subarray(0, 3000);
    const whole = xz(plain);
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      assertCode(() => decompressXz(damaged, MAX), "ERR_XZ_INVALID");
    }
  });

  test("a small file that would be large is refused before it is decompressed", () => {
    const bomb = xz(Buffer.alloc(5_000_000));
    const error = assertCode(() => decompressXz(bomb, { maxBytes: 1_000_000, what: '"bomb"' }), "ERR_XZ_INVALID");
    assert.equal(error.message, 'Decompressing "bomb": 5000000 plain bytes, expected at most 1000000');
  });
});

suite("checksums of xz", () => {
  test("CRC-64 of the usual check text", () => {
    assert.equal(crc64(new TextEncoder().encode("123456789")), 0x995dc9bbdf1939fan);
  });
});
