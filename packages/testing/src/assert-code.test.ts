import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { TeuError } from "@teu/std/error";
import { assertCode } from "@teu/testing/assert-code";

const throwing = (value: unknown) => (): unknown => {
  throw value;
};
const failure = new TeuError("ERR_X", "Doing it: no", { detail: 1 });

test("assertCode() returns what a function throws", () => {
  assert.equal(assertCode(throwing(failure), "ERR_X"), failure);
});

test("assertCode() returns what a promise rejects with", async () => {
  const error = await assertCode(() => Promise.reject(failure), "ERR_X");
  assert.equal(error, failure);
});

test("assertCode() takes the errors of Node", async () => {
  assertCode(() => readFileSync("/nonexistent/file"), "ENOENT");
  await assertCode(() => readFile("/nonexistent/file"), "ENOENT");
});

test("assertCode() fails on another code and names it", async () => {
  const message = "expected ERR_Y, got ERR_X: Doing it: no";
  assert.throws(() => assertCode(throwing(failure), "ERR_Y"), { name: "AssertionError", message });
  await assert.rejects(
    assertCode(() => Promise.reject(failure), "ERR_Y"),
    { name: "AssertionError", message },
  );
});

test("assertCode() fails where nothing is thrown", async () => {
  assert.throws(() => assertCode(() => 1, "ERR_X"), /nothing was/);
  await assert.rejects(
    assertCode(() => Promise.resolve(1), "ERR_X"),
    /the promise was fulfilled/,
  );
});

test("assertCode() fails on an error without a code and on what is no error", () => {
  assert.throws(() => assertCode(throwing(new Error("plain")), "ERR_X"), /expected ERR_X, got Error: plain/);
  assert.throws(() => assertCode(throwing({ code: "ERR_X" }), "ERR_X"), /expected ERR_X, got a thrown object/);
});
