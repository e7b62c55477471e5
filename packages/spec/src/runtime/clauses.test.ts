import assert from "node:assert/strict";
import { test } from "node:test";
import { RUNTIME_CLAUSES, RUNTIME_SPEC } from "./clauses.ts";

const clauses = Object.values(RUNTIME_CLAUSES);

test("the clauses of runtime-spec are complete in number", () => {
  // The numbers change only when a new text of the specification is read.
  const documents = clauses.filter(({ judge }) => judge === "document");
  assert.deepEqual({ all: clauses.length, documents: documents.length }, { all: 448, documents: 203 });
});

test("each clause of runtime-spec is named, said once, and written somewhere", () => {
  for (const { id, section, text, link } of clauses) {
    assert.match(id, /^runtime(\.[a-z][A-Za-z0-9-]*)+$/);
    assert.match(section, /^[a-z-]+\.md#[a-z-]+$/);
    assert.equal(link, `${RUNTIME_SPEC.base}/${section}`);
    assert.ok(text.endsWith(".") && text.length <= 140, id);
  }
  assert.equal(new Set(clauses.map(({ text }) => text)).size, clauses.length);
});
