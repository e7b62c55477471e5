import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonError, parseJson } from "@teu/std/json";

test("Json names the place of a value of the wrong type", () => {
  const json = parseJson('{"process":{"args":["a",3]}}');
  assert.throws(
    () => json.get("process").get("args").list()[1]?.string(),
    new JsonError("process.args[1]: expected a string, got number"),
  );
});
