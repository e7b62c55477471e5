import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { WireMessage, WireWriter, bytesOf } from "./wire.ts";

test("fields are written as protocol buffers have them", () => {
  const message = new WireWriter().number(1, 300).flag(2, false).flag(3, true).string(4, "").string(5, "né");
  message.message(38, new WireWriter().number(1, 0));
  const bytes = [8, 0xac, 2, 24, 1, 42, 3, 0x6e, 0xc3, 0xa9, 0xb2, 2, 2, 8, 0];
  assert.deepEqual([...message.toBytes()], bytes);
});

test("what is written is read again, and unknown fields are passed over", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 500 }), fc.string({ unit: "grapheme-ascii" }), (value, field, text) => {
      const bytes = new WireWriter()
        .number(field + 1, value)
        .string(501, text)
        .message(502, new WireWriter().number(1, value))
        .toBytes();
      const message = new WireMessage([...bytes]);
      assert.deepEqual(
        [message.number(field + 1), message.string(501), message.message(502).number(1), message.number(600)],
        [value, text, value, 0],
      );
    }),
  );
});

test("bytes that are no message are refused", () => {
  for (const bytes of [[8], [8, 0x80], [10, 5, 1], [11], [8, ...Array.from({ length: 11 }, () => 0x80)]])
    assert.throws(() => new WireMessage(bytes), /no message of its protocol/);
});

test("bytes that came as a text are bytes again", () => {
  assert.deepEqual(bytesOf("a\u{10ff80}\u{10ffff}é€😀"), [0x61, 0x80, 0xff, ...Buffer.from("é€😀")]);
});
