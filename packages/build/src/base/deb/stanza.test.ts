import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type StanzaProblem, parseStanzas } from "./stanza.ts";

suite("control files", () => {
  test("fields, lines that go on, comments and paragraphs", () => {
    const text = "Package: a\nDescription: short\n long\n .\n# no field\n more\r\n\n\n \nPackage:b\n";
    const [first, second, ...others] = parseStanzas(text);
    assert.equal(first?.get("description"), "short\nlong\n.\nmore");
    assert.equal(second?.get("package"), "b");
    assert.deepEqual(others, []);
  });

  test("of two equal fields the first counts, with all its lines", () => {
    const [stanza] = parseStanzas("A: 1\n one\nA: 2\n two\nB: 3\n");
    assert.deepEqual([stanza?.get("a"), stanza?.get("b")], ["1\none", "3"]);
  });

  test("a line that is no field is told", () => {
    const problems: StanzaProblem[] = [];
    parseStanzas("A: 1\n\nno field\n", (problem) => problems.push(problem));
    assert.deepEqual(problems, [{ line: 3, text: "no field" }]);
  });
});
