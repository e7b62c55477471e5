import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCatalog } from "./catalog.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("parseCatalog() reads names, and reports those that no repository can have", () => {
  assert.deepEqual(parseCatalog(bytes('{"repositories":["a","b/c"]}')).value, { repositories: ["a", "b/c"] });
  assert.deepEqual(parseCatalog(bytes('{"repositories":null}')).value, { repositories: null });
  const odd = parseCatalog(bytes('{"repositories":["a","B"]}'));
  assert.deepEqual(
    odd.issues.map(({ clause, path }) => [clause, path]),
    [["docker.catalog.name", "repositories[1]"]],
  );
});

test("parseCatalog() refuses what is none", () => {
  for (const text of ["", "[]", "{}", '{"repositories":"a"}', '{"repositories":[{}]}', '{"repositories":[null]}']) {
    assert.throws(() => parseCatalog(bytes(text)), { code: "ERR_DOCUMENT_INVALID" }, text);
  }
});
