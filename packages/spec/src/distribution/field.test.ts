import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { FieldReader, MAX_FIELD_LENGTH, isToken, joinLines, parseTokenList, quote } from "./field.ts";

const fails = (message: RegExp): object => ({ code: "ERR_HEADER_INVALID", message });

test("joinLines() makes one list of several lines", () => {
  assert.equal(joinLines("a"), "a");
  assert.equal(joinLines(["a, b", "c"]), "a, b, c");
});

test("FieldReader reads tokens, quoted strings and separators in turn", () => {
  const reader = new FieldReader("X", ' abc = "a \\"b\\" \\\\" ,, \t,tail"x');
  assert.equal(reader.skipSpace().token(), "abc");
  assert.equal(reader.token(), "");
  assert.equal(reader.skipSpace().take("="), true);
  assert.equal(reader.take("="), false);
  assert.equal(reader.skipSpace().quotedOrUntil(","), 'a "b" \\');
  assert.equal(reader.skipCommas().next, "t");
  assert.equal(reader.quotedOrUntil('"'), "tail");
  assert.equal(reader.until(","), '"x');
  assert.ok(reader.done);
});

test("FieldReader.quoted() refuses strings without an end and control characters", () => {
  for (const text of ['"', '"abc', '"abc\\', '"abc\\"']) {
    assert.throws(() => new FieldReader("X", text).quoted(), fails(/without an end at 0/), text);
  }
  assert.throws(() => new FieldReader("X", '"a\nb"').quoted(), fails(/control character/));
  assert.equal(new FieldReader("X", '"a\tb"').quoted(), "a\tb");
});

test("FieldReader refuses a value beyond the limit, and shows a part of it only", () => {
  assert.throws(
    () => new FieldReader("X", "a".repeat(MAX_FIELD_LENGTH + 1)),
    fails(/^.{1,200}: 16385 characters, expected at most 16384$/),
  );
});

test("isToken() takes the characters that RFC 9110 lists", () => {
  for (const text of ["a", "!#$%&'*+-.^_`|~09AZaz", "sha256"]) assert.ok(isToken(text), text);
  for (const text of ["", " ", "a b", "a,b", "a/b", "a:b", '"a"', "é", "a\u0000"]) assert.ok(!isToken(text), text);
});

test("quote() writes what quoted() reads", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
      (text) => {
        assert.equal(new FieldReader("X", quote("X", text)).quoted(), text);
      },
    ),
  );
});

test("quote() refuses what no header can hold", () => {
  assert.equal(quote("X", "ü"), '"ü"');
  for (const text of ["a\r\nSet-Cookie: x", "\u0000", "\u007f", "→"])
    assert.throws(() => quote("X", text), fails(/^Writing header X .*no header can hold$/s));
});

test("parseTokenList() reads elements of one line or several, empty ones aside", () => {
  assert.deepEqual(parseTokenList("X", "1.2.3, 1.2 ,,1,"), ["1.2.3", "1.2", "1"]);
  assert.deepEqual(parseTokenList("X", ["1.2.3, 1.2, 1", "latest"]), ["1.2.3", "1.2", "1", "latest"]);
  assert.deepEqual(parseTokenList("X", " , "), []);
  assert.throws(() => parseTokenList("X", "a b"), fails(/no comma at 2/));
  assert.throws(() => parseTokenList("X", "a, @"), fails(/"@" at 3, expected a token/));
});
