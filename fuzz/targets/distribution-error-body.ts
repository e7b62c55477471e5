/** Bodies of failed answers: whatever they are, what is read of them is bounded and fit for one line. */
import assert from "node:assert/strict";
import { MAX_ERRORS, checkErrorBody, parseErrorBody } from "@teu/spec/distribution/error-body";
import { formatErrorBody } from "@teu/spec/distribution/wire-error";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "distribution-error-body",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const { errors, text } = parseErrorBody(input);
    assert.ok(errors.length <= MAX_ERRORS);
    for (const line of [text, ...errors.flatMap(({ code, message }) => [code, message ?? "x"])]) {
      assert.ok(line.length <= 513 && !/[\n\r\t\u0000\u001b\u0085]/.test(line));
    }
    const written = formatErrorBody(errors);
    if (errors.length > 0)
      assert.equal(formatErrorBody(parseErrorBody(new TextEncoder().encode(written)).errors), written);
    checkStrictly(input);
  },
};

function checkStrictly(input: Uint8Array): void {
  try {
    checkErrorBody(parseJsonBytes(input));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
}

const SEEDS = [
  '{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry","detail":{"digest":"sha256:0"}}]}',
  '{"errors":[{"code":404,"message":null},"x",{"code":"A","detail":12345678901234567890}]}',
  '{"error":"invalid_grant","error_description":"expired"}',
  '{"details":"incorrect username or password"}',
  "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>",
  "404 page not found\n",
];
