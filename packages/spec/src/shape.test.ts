import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "@teu/std/json";
import { type Shape, boolean, exactly, integer, listOf, mapOf, object, string, stringThat, strings } from "./shape.ts";

/** What a shape tells of a document, each with its place. */
function told(shape: Shape, text: string): string[] {
  const found: string[] = [];
  shape(parseJson(text), (place, message) => found.push(`${place.path}: ${message}`));
  return found;
}

test("a shape tells nothing of what fits", () => {
  assert.deepEqual(told(string, '"a"'), []);
  assert.deepEqual(told(boolean, "false"), []);
  assert.deepEqual(told(object, "{}"), []);
  assert.deepEqual(told(integer(), "-18446744073709551616"), []);
  assert.deepEqual(told(integer(0), "0"), []);
  assert.deepEqual(told(exactly(2), "2"), []);
  assert.deepEqual(told(exactly("layers"), '"layers"'), []);
  assert.deepEqual(told(strings, '["a",""]'), []);
  assert.deepEqual(told(mapOf(object), '{"a":{}}'), []);
});

test("a shape tells what stands there and what was expected", () => {
  assert.deepEqual(told(string, "1"), [": expected a string, got number"]);
  assert.deepEqual(told(boolean, '"true"'), [": expected a boolean, got string"]);
  assert.deepEqual(told(integer(), "1.0"), [": expected an integer, got 1.0"]);
  assert.deepEqual(told(integer(), '"1"'), [": expected an integer, got string"]);
  assert.deepEqual(told(integer(1), "0"), [": expected an integer of at least 1, got 0"]);
  assert.deepEqual(told(exactly(2), "2.0"), [": expected 2, got 2.0"]);
  assert.deepEqual(told(exactly(2), '"2"'), [": expected 2, got string"]);
  assert.deepEqual(told(exactly("a"), '"b"'), [': expected a, got "b"']);
  const short = stringThat((text) => text.length < 3, "a short string");
  assert.deepEqual(told(short, '"long"'), [': expected a short string, got "long"']);
  assert.deepEqual(told(short, "null"), [": expected a short string, got null"]);
});

test("a shape of many tells of each that does not fit", () => {
  assert.deepEqual(told(strings, '["a",1,[]]'), [
    "[1]: expected a string, got number",
    "[2]: expected a string, got array",
  ]);
  assert.deepEqual(told(mapOf(listOf(string)), '{"a":[1],"b":{}}'), [
    "a[0]: expected a string, got number",
    "b: expected an array, got object",
  ]);
  assert.deepEqual(told(listOf(string), "{}"), [": expected an array, got object"]);
  assert.deepEqual(told(mapOf(string), "[]"), [": expected an object, got array"]);
});
