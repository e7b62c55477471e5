import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "@teu/std/json";
import { MAX_ISSUES_PER_CLAUSE } from "../issue.ts";
import { MAX_LIST_BYTES, checkTagsList, isInOrder, parseTagsList } from "./tags-list.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("parseTagsList() reads lists, those that are null too", () => {
  const document = parseTagsList(bytes('{"name":"a/b","tags":["v1","latest"],"extra":true}'));
  assert.deepEqual(document.value, { name: "a/b", tags: ["v1", "latest"], extra: true });
  assert.equal(parseTagsList(bytes('{"name":"a","tags":null}')).value.tags, null);
  assert.deepEqual(parseTagsList(bytes('{"name":"a","tags":[]}')).value.tags, []);
});

test("checkTagsList() names the place of what is wrong", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["[]", [""]],
    ["{}", ["name", "tags"]],
    ['{"name":1,"tags":"v1"}', ["name", "tags"]],
    ['{"name":"a","tags":["v1",2,"a b",""]}', ["tags[1]", "tags[2]", "tags[3]"]],
  ];
  for (const [text, places] of rows) {
    assert.deepEqual(
      checkTagsList(parseJson(text)).map(({ path }) => path),
      places,
      text,
    );
    assert.throws(() => parseTagsList(bytes(text)), { code: "ERR_DOCUMENT_INVALID" }, text);
  }
});

test("parseTagsList() bounds the size of the list and of its error", () => {
  const large = new Uint8Array(MAX_LIST_BYTES + 1).fill(0x20);
  assert.throws(() => parseTagsList(large), { code: "ERR_DOCUMENT_INVALID", message: /too long/ });
  const wrong = bytes(`{"name":"a","tags":[${Array.from({ length: 10_000 }, () => '" "').join(",")}]}`);
  assert.throws(
    () => parseTagsList(wrong),
    (error: Error & { detail: { issues: unknown[] } }) => error.detail.issues.length === MAX_ISSUES_PER_CLAUSE,
  );
});

test("isInOrder() knows both orders", () => {
  const rows: readonly (readonly [readonly string[], boolean, boolean])[] = [
    [[], true, true],
    [["a"], true, true],
    [["1", "A", "b"], true, true],
    [["A", "b", "C"], true, false],
    [["A", "C", "b"], false, true],
    [["a", "A"], true, false],
    [["b", "a"], false, false],
    [["a", "a"], false, false],
  ];
  for (const [tags, lexical, ascii] of rows) {
    assert.deepEqual([isInOrder(tags, "lexical"), isInOrder(tags, "ascii")], [lexical, ascii], tags.join());
  }
});
