/**
 * What must hold for every reader of runtime documents.
 * @module
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import type { Document } from "@teu/spec/document";
import type { Issue } from "@teu/spec/issue";
import { accepted } from "./documents.ts";

const FIXTURES = join(import.meta.dirname, "../packages/spec/fixtures/runtime");

/** The stored documents whose paths match `patterns`. */
export function* runtimeSeeds(...patterns: readonly string[]): Iterable<Uint8Array> {
  for (const file of globSync([...patterns], { cwd: FIXTURES }).toSorted()) yield readFileSync(join(FIXTURES, file));
}

/**
 * Reads `input`. A document that is taken breaks no MUST and is the same once it is written and read again; one that is
 * refused breaks one, or is no strict JSON.
 */
export function checkDocument(
  input: Uint8Array,
  parse: (bytes: Uint8Array) => Document<unknown>,
  check: (json: Json) => readonly Issue[],
): void {
  const document = accepted(() => parse(input));
  const json = readJson(input);
  const issues = json === undefined ? [] : check(json);
  if (document === undefined) {
    assert.ok(json === undefined || issues.some(({ level }) => level === "MUST"));
    return;
  }
  assert.deepEqual(document.issues, issues);
  const written = stringifyJson(document.value);
  assert.equal(stringifyJson(parse(new TextEncoder().encode(written)).value), written);
}

function readJson(input: Uint8Array): Json | undefined {
  try {
    const json = parseJsonBytes(input);
    toValue(json);
    return json;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
