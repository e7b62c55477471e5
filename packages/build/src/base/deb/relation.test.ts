import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { formatClause, parseClauses, parseRelation } from "./relation.ts";

suite("relations between packages", () => {
  test("clauses, alternatives, bounds and architectures", () => {
    const clauses = parseClauses("libc6 (>= 2.36), debconf (>= 0.5)|debconf-2.0,\n perl:any , x(=1)");
    assert.deepEqual(clauses?.map(formatClause), [
      "libc6 (>= 2.36)",
      "debconf (>= 0.5) | debconf-2.0",
      "perl:any",
      "x (= 1)",
    ]);
  });

  test("old operators include the bound", () => {
    assert.deepEqual(parseRelation("a (< 1)")?.version, { operator: "<=", version: "1" });
    assert.deepEqual(parseRelation("a (> 1)")?.version, { operator: ">=", version: "1" });
  });

  test("an empty field has no clauses", () => {
    assert.deepEqual(parseClauses(""), []);
    assert.deepEqual(parseClauses(" , "), []);
  });

  for (const text of ["a (>= )", "a b", "(>= 1)", "a (~ 1)", "a | ", "a [amd64", "-a"]) {
    test(`"${text}" is malformed`, () => assert.equal(parseClauses(text), undefined));
  }
});
