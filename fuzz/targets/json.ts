/** The strict JSON reader, against the engine's own: whatever it accepts, `JSON.parse` accepts with the same meaning. */
import assert from "node:assert/strict";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "json",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const value = read(input);
    if (value === undefined) return;
    const again = stringifyJson(value);
    assert.deepEqual(asDoubles(value), asDoubles(JSON.parse(new TextDecoder().decode(input))));
    assert.deepEqual(asDoubles(JSON.parse(again)), asDoubles(value));
    assert.equal(stringifyJson(read(new TextEncoder().encode(again))), again);
  },
};

function read(input: Uint8Array): unknown {
  try {
    return toValue(parseJsonBytes(input));
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** The value as the engine reads it: whole numbers as doubles, and no negative zero, which JSON writes as zero. */
function asDoubles(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(asDoubles);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, item]) => [name, asDoubles(item)]);
}

const SEEDS = [
  '{"a":[1,-2.5e3,true,false,null,"x\\n\\u00e9\\ud83d\\ude00"],"b":{"c":9007199254740993}}',
  " [ ] ",
  '"é😀"',
  '{"__proto__":{"x":1},"":0,"a.b":[[[]]]}',
  "18446744073709551615",
];
