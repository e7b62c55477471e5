import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type PaxBody, formatPax, parsePax } from "./pax.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A body in the midst of other memory. */
function bodyOf(body: Uint8Array): PaxBody {
  const memory = Buffer.concat([bytes("7 x=before\n"), body, bytes("=after\n 9\n")]);
  return { bytes: memory, start: 11, end: 11 + body.length, label: () => "the header" };
}

function parse(body: string): string[][] {
  return parsePax(bodyOf(bytes(body))).map(({ key, value }) => [key, Buffer.from(value).toString("latin1")]);
}

test("parsePax() reads records in their order", () => {
  assert.deepEqual(parse(""), []);
  assert.deepEqual(parse("6 k=v\n5 k=\n13 ké=a=b\nc\n"), [
    ["k", "v"],
    ["k", ""],
    ["ké", "a=b\nc"],
  ]);
  assert.deepEqual(parse("07 k=v\n").length, 1);
});

const MALFORMED = [
  "6 k=v",
  "6 k=v ",
  "7 k=v\n",
  "5 k=v\n",
  "6 k=v\n\0",
  "4 =v\n",
  "5 =vv\n",
  "5 kv\n",
  "8 k\0=vv\n",
  "k=v\n",
  " 6 k=v\n",
  "6k=v\n",
  "-6 k=v\n",
  "+6 k=v\n",
  "0 k=v\n",
  "1 \n",
  "2 \n",
  "99999999999999999999 k=v\n",
  "6 k=v\n7 k=v\n",
  "3 =\n6 k=v\n",
];

for (const body of MALFORMED) {
  test(`parsePax() refuses ${JSON.stringify(body)}`, () => {
    assertCode(() => parse(body), "ERR_TAR_PAX");
  });
}

test("parsePax() refuses a key that is not UTF-8, and names the place", () => {
  const error = assertCode(
    () => parsePax(bodyOf(Uint8Array.from([...bytes("6 k=v\n6 "), 0xff, ...bytes("=v\n")]))),
    "ERR_TAR_PAX",
  );
  assert.match(error.message, /^Reading the header: byte 6 of its body /);
});

test("formatPax() counts the digits of the length, at every number of them", () => {
  for (let length = 0; length < 1100; length += 1) {
    const value = "v".repeat(length);
    assert.deepEqual(parse(Buffer.from(formatPax([["k", bytes(value)]])).toString()), [["k", value]]);
  }
});
