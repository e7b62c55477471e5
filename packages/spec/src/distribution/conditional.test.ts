import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type Conditions,
  type EntityTag,
  formatEntityTag,
  holdsIfRange,
  judgeConditions,
  parseConditions,
  parseEntityTag,
  parseEntityTags,
} from "./conditional.ts";
import { MAX_FIELD_LENGTH } from "./field.ts";

const strong = (tag: string): EntityTag => ({ tag, weak: false });
const weak = (tag: string): EntityTag => ({ tag, weak: true });

test("parseEntityTag() reads strong, weak, empty and bare tags", () => {
  const rows: readonly (readonly [string, EntityTag])[] = [
    ['"xyzzy"', strong("xyzzy")],
    ['W/"xyzzy"', weak("xyzzy")],
    ['""', strong("")],
    [' "sha256:abc" ', strong("sha256:abc")],
    ["sha256:abc", strong("sha256:abc")],
    ['"a,b"', strong("a,b")],
  ];
  for (const [value, tag] of rows) assert.deepEqual(parseEntityTag(value), tag, value);
});

test("parseEntityTag() refuses what is none", () => {
  for (const value of ["", '"', '"a', 'W/"a', '"a" "b"', '"a b"', '"a\u0001"', '"'.repeat(MAX_FIELD_LENGTH + 1)]) {
    assert.throws(() => parseEntityTag(value), { code: "ERR_HEADER_INVALID" }, value);
  }
});

test("parseEntityTags() agrees with the examples of RFC 9110 sections 13.1.1 and 13.1.2", () => {
  const rows: readonly (readonly [string, "*" | readonly EntityTag[]])[] = [
    ['"xyzzy"', [strong("xyzzy")]],
    ['"xyzzy", "r2d2xxxx", "c3piozzzz"', ["xyzzy", "r2d2xxxx", "c3piozzzz"].map(strong)],
    ['W/"xyzzy", W/"r2d2xxxx", W/"c3piozzzz"', ["xyzzy", "r2d2xxxx", "c3piozzzz"].map(weak)],
    ["*", "*"],
    [" , ", []],
    ["sha256:a,sha256:b", [strong("sha256:a"), strong("sha256:b")]],
  ];
  for (const [value, tags] of rows) assert.deepEqual(parseEntityTags("If-None-Match", value), tags, value);
  assert.throws(() => parseEntityTags("If-Match", '"a" "b"'), { message: /header If-Match .* no comma at 4/ });
  assert.equal(
    (parseEntityTags("If-Match", "a,".repeat(MAX_FIELD_LENGTH / 2)) as unknown[]).length,
    MAX_FIELD_LENGTH / 2,
  );
});

test("parseEntityTag() reads what formatEntityTag() writes", () => {
  const tag = fc.stringMatching(/^[aZ09:/,\\!ü*]{0,9}$/);
  fc.assert(
    fc.property(tag, fc.boolean(), (text, isWeak) => {
      const value = { tag: text, weak: isWeak };
      assert.deepEqual(parseEntityTag(formatEntityTag(value)), value);
    }),
  );
  assert.throws(() => formatEntityTag(strong('a"b')), { code: "ERR_HEADER_INVALID" });
});

test("judgeConditions() compares as RFC 9110 section 8.8.3.2 does: strongly for If-Match, weakly for If-None-Match", () => {
  const rows: readonly (readonly [EntityTag, EntityTag, boolean, boolean])[] = [
    [weak("1"), weak("1"), false, true],
    [weak("1"), weak("2"), false, false],
    [weak("1"), strong("1"), false, true],
    [strong("1"), strong("1"), true, true],
  ];
  for (const [given, current, isStrong, isWeak] of rows) {
    assert.equal(judgeConditions({ ifMatch: [given] }, current, true), isStrong ? "proceed" : "failed");
    assert.equal(judgeConditions({ ifNoneMatch: [given] }, current, true), isWeak ? "not-modified" : "proceed");
  }
});

test("judgeConditions() knows reading from writing, and content from none", () => {
  const current = strong("a");
  const rows: readonly (readonly [Conditions, EntityTag | undefined, string, string])[] = [
    [{}, current, "proceed", "proceed"],
    [{ ifMatch: "*" }, current, "proceed", "proceed"],
    [{ ifMatch: "*" }, undefined, "failed", "failed"],
    [{ ifNoneMatch: "*" }, current, "not-modified", "failed"],
    [{ ifNoneMatch: "*" }, undefined, "proceed", "proceed"],
    [{ ifNoneMatch: [strong("b")] }, current, "proceed", "proceed"],
    [{ ifMatch: [strong("b")], ifNoneMatch: [current] }, current, "failed", "failed"],
    [{ ifMatch: [current], ifNoneMatch: [current] }, current, "not-modified", "failed"],
  ];
  for (const [conditions, tag, reading, writing] of rows) {
    assert.equal(judgeConditions(conditions, tag, true), reading, JSON.stringify(conditions));
    assert.equal(judgeConditions(conditions, tag, false), writing, JSON.stringify(conditions));
  }
});

test("parseConditions() reads the headers that are there", () => {
  assert.deepEqual(parseConditions({}), {});
  assert.deepEqual(parseConditions({ ifMatch: '"a"', ifNoneMatch: "*" }), { ifMatch: [strong("a")], ifNoneMatch: "*" });
});

test("holdsIfRange() holds for the very tag only", () => {
  assert.ok(holdsIfRange('"a"', strong("a")));
  for (const value of ['"b"', 'W/"a"', "Sat, 29 Oct 1994 19:43:31 GMT"])
    assert.ok(!holdsIfRange(value, strong("a")), value);
  assert.ok(!holdsIfRange('"a"', weak("a")));
});
