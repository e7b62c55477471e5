import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "@teu/std/json";
import type { JsonValue } from "@teu/std/json-value";
import * as fc from "fast-check";
import { MAX_ERRORS, MAX_ERROR_BODY_BYTES, checkErrorBody, parseErrorBody } from "./error-body.ts";
import { WIRE_ERRORS, type WireError, formatErrorBody } from "./wire-error.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("parseErrorBody() reads the JSON of the specification and of others", () => {
  const rows: readonly (readonly [string, readonly WireError[]])[] = [
    ['{"errors":[{"code":"DENIED","message":"no","detail":[1]}]}', [{ code: "DENIED", message: "no", detail: [1] }]],
    [
      '{"errors":[{"code":"A"},{"code":"B","message":""},{"code":"C","message":null,"detail":null}]}',
      [{ code: "A" }, { code: "B" }, { code: "C" }],
    ],
    [
      '{"errors":[{"code":"A","detail":{"big":12345678901234567890}}]}',
      [{ code: "A", detail: { big: 12345678901234567890n } }],
    ],
    ['{"errors":[{"code":404,"message":"gone"}]}', [{ code: "404", message: "gone" }]],
    ['{"errors":[{"status":500,"message":"x"}]}', [{ code: "UNKNOWN", message: "x" }]],
    [
      '{"errors":["x","y"]}',
      [
        { code: "UNKNOWN", message: "x" },
        { code: "UNKNOWN", message: "y" },
      ],
    ],
    ['{"errors":"x"}', [{ code: "UNKNOWN", message: "x" }]],
    ['{"details":"incorrect username or password"}', [{ code: "UNKNOWN", message: "incorrect username or password" }]],
    ['{"error":"invalid_grant","error_description":"expired"}', [{ code: "UNKNOWN", message: "expired" }]],
    ['{"error":"not found"}', [{ code: "UNKNOWN", message: "not found" }]],
    ['{"code":"NOT_FOUND","message":"x"}', [{ code: "NOT_FOUND", message: "x" }]],
    ['"unauthorized"', [{ code: "UNKNOWN", message: "unauthorized" }]],
    ['{"errors":[{"code":"A","detail":1e999}]}', [{ code: "A" }]],
  ];
  for (const [body, errors] of rows) assert.deepEqual(parseErrorBody(bytes(body)), { errors, text: "" }, body);
});

test("parseErrorBody() shows one line of what has no errors in it", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["", ""],
    ["  \r\n", ""],
    ["404 page not found\n", "404 page not found"],
    ["a\u0000b\u001b[2Jc\n\nd", "a b [2Jc d"],
    ["{}", "{}"],
    ["[]", "[]"],
    ["null", "null"],
    ['{"errors":[]}', '{"errors":[]}'],
    ['{"errors":[{}]}', '{"errors":[{}]}'],
    ['{"errors":[{"code":"A"}', '{"errors":[{"code":"A"}'],
    ["<html>\n<head><TITLE>502 Bad\nGateway</TITLE></head><body>x</body>", "502 Bad Gateway"],
    ["<!doctype html><p>over <b>quota</b></p>", "over quota"],
    ["<title", "title"],
    ["<title></title><p>x</p>", "x"],
    ["<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "AccessDenied"],
    ["\uFEFFplain", "plain"],
  ];
  for (const [body, text] of rows) assert.deepEqual(parseErrorBody(bytes(body)), { errors: [], text }, body);
});

test("parseErrorBody() bounds what it reads and what it returns", () => {
  const rows = [
    "[".repeat(MAX_ERROR_BODY_BYTES),
    "<title".repeat(MAX_ERROR_BODY_BYTES / 6),
    "<".repeat(MAX_ERROR_BODY_BYTES * 4),
    `{"errors":[{"code":"A","message":"${"x".repeat(MAX_ERROR_BODY_BYTES)}"}]}`,
    " ".repeat(MAX_ERROR_BODY_BYTES * 4),
  ];
  for (const body of rows) assert.ok(parseErrorBody(bytes(body)).text.length <= 513);
  const many = parseErrorBody(bytes(`{"errors":[${Array.from({ length: 99 }, () => '{"code":"A"}').join(",")}]}`));
  assert.equal(many.errors.length, MAX_ERRORS);
  const [long] = parseErrorBody(bytes(`{"message":"${"x".repeat(9999)}"}`)).errors;
  assert.equal(long?.message?.length, 513);
  assert.deepEqual(parseErrorBody(new Uint8Array([0xff, 0xfe, 0x41])).text, "\ufffd\ufffdA");
});

test("parseErrorBody() reads what formatErrorBody() writes", () => {
  const error = fc.record(
    {
      code: fc.constantFrom(...Object.keys(WIRE_ERRORS)),
      message: fc.stringMatching(/^[a-z"\\ü]{1,40}$/),
      detail: fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null) as fc.Arbitrary<JsonValue>,
    },
    { requiredKeys: ["code"], noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(error, { minLength: 1, maxLength: MAX_ERRORS }), (errors) => {
      const written = formatErrorBody(errors);
      assert.equal(formatErrorBody(parseErrorBody(bytes(written)).errors), written);
    }),
  );
});

test("checkErrorBody() finds every broken clause", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['{"errors":[]}', []],
    ['{"errors":[{"code":"DENIED"}]}', []],
    ['{"errors":[{"code":"DENIED","message":"","detail":1}]}', []],
    ['{"errors":[{"code":"TAG_INVALID"},{"code":"EXTENSION_UNKNOWN"}]}', []],
    ["{}", ["distribution.error.json"]],
    ["[]", ["distribution.error.json"]],
    ['{"errors":{}}', ["distribution.error.json"]],
    ['{"errors":["x"]}', ["distribution.error.json"]],
    ['{"errors":[{}]}', ["distribution.error.code"]],
    ['{"errors":[{"code":404}]}', ["distribution.error.code"]],
    ['{"errors":[{"code":"not found"}]}', ["distribution.error.code"]],
    ['{"errors":[{"code":"NOT_FOUND"}]}', ["distribution.error.code.known"]],
    ['{"errors":[{"code":"RANGE_INVALID"}]}', ["distribution.error.code.known"]],
    ['{"errors":[{"code":"DENIED","message":{}}]}', ["distribution.error.message.text"]],
  ];
  for (const [body, clauses] of rows) {
    assert.deepEqual(
      checkErrorBody(parseJson(body)).map(({ clause }) => clause),
      clauses,
      body,
    );
  }
});
