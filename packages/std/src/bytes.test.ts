import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, equalBytes, fromHex, toHex } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import * as fc from "fast-check";

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

test("concatBytes() joins in order", () => {
  assert.deepEqual(concatBytes([]), new Uint8Array());
  assert.deepEqual(concatBytes([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]), Uint8Array.of(1, 2, 3));
});

test("concatBytes() copies, also a single chunk", () => {
  const chunk = Buffer.from("pooled");
  const joined = concatBytes([chunk]);
  chunk.fill(0);
  assert.equal(new TextDecoder().decode(joined), "pooled");
  assert.equal(joined.buffer.byteLength, 6);
  assert.equal(Object.getPrototypeOf(joined), Uint8Array.prototype);
});

test("equalBytes() compares length and every byte", () => {
  assert.ok(equalBytes(new Uint8Array(), new Uint8Array()));
  assert.ok(equalBytes(Uint8Array.of(9, 1, 2).subarray(1), Buffer.of(1, 2)));
  assert.ok(!equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert.ok(!equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)));
});

test("toHex() writes every byte value as two digits", () => {
  const text = toHex(ALL_BYTES);
  assert.equal(text.length, 512);
  assert.ok(text.startsWith("000102") && text.endsWith("fdfeff"));
  assert.equal(toHex(ALL_BYTES.subarray(16, 18)), "1011");
});

test("fromHex() reads both cases, into memory of its own", () => {
  assert.deepEqual(fromHex("00fFaB"), Uint8Array.of(0, 255, 171));
  assert.equal(fromHex("00ff").buffer.byteLength, 2);
  assert.deepEqual(fromHex(""), new Uint8Array());
});

test("fromHex() names what is wrong", () => {
  assert.equal(
    assertCode(() => fromHex("abc"), "ERR_HEX_INVALID").message,
    'Reading hexadecimal digits "abc": 3 digits, expected an even number',
  );
  assert.equal(
    assertCode(() => fromHex("ab0g"), "ERR_HEX_INVALID").message,
    'Reading hexadecimal digits "ab0g": "g" at 3, expected a hexadecimal digit',
  );
  for (const text of ["0x", " 00 ", "００", "-1", "0\n"]) assertCode(() => fromHex(text), "ERR_HEX_INVALID");
  assert.ok(assertCode(() => fromHex("z".repeat(1e6)), "ERR_HEX_INVALID").message.length < 200);
});

test("fromHex() undoes toHex()", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => equalBytes(fromHex(toHex(bytes)), bytes)));
});
