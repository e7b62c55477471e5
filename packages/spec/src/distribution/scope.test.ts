import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  CATALOG_SCOPE,
  MAX_SCOPES,
  MAX_SCOPE_LENGTH,
  type Scope,
  coversScope,
  coversScopes,
  formatScope,
  formatScopes,
  parseScope,
  parseScopes,
  repositoryScope,
  uniteScopes,
} from "./scope.ts";

test("parseScope() reads scopes as they are written everywhere", () => {
  const rows: readonly (readonly [string, Scope])[] = [
    ["repository:samalba/my-app:pull,push", repositoryScope("samalba/my-app", "pull", "push")],
    ["registry:catalog:*", CATALOG_SCOPE],
    ["repository(plugin):a/b:pull", { type: "repository", class: "plugin", name: "a/b", actions: ["pull"] }],
    ["repository:localhost:5000/a/b:pull", repositoryScope("localhost:5000/a/b", "pull")],
    ["repository:[::1]:5000/a:pull", repositoryScope("[::1]:5000/a", "pull")],
    ["repository:a:", repositoryScope("a")],
    ["repository:a:metadata_read,scanner-pull", repositoryScope("a", "metadata_read", "scanner-pull")],
    ["artifact-repository:a/*:*", { type: "artifact-repository", name: "a/*", actions: ["*"] }],
  ];
  for (const [text, scope] of rows) {
    assert.deepEqual(parseScope(text), scope, text);
    assert.equal(formatScope(scope), text);
  }
});

test("parseScope() refuses what is none", () => {
  const wrong = [
    "",
    "a",
    "a:b",
    ":a:pull",
    "a::pull",
    "Repository:a:pull",
    "repository(:a:pull",
    "repository():a:pull",
  ];
  for (const text of [
    ...wrong,
    "repository:a b:pull",
    'repository:a":pull',
    "repository:a:pull,,push",
    "repository:a:pull,",
  ]) {
    assert.throws(() => parseScope(text), { code: "ERR_SCOPE_INVALID" }, text);
  }
  assert.throws(() => parseScope("repository:a:".padEnd(MAX_SCOPE_LENGTH + 1, "p")), { message: /at most 1024/ });
  assert.throws(() => parseScope(":".repeat(100_000)), { message: /^.{1,260}$/ });
});

test("parseScopes() reads lists, and bounds them", () => {
  const [a, b] = [repositoryScope("a", "pull"), repositoryScope("b", "push")];
  assert.deepEqual(parseScopes("repository:a:pull  repository:b:push "), [a, b]);
  assert.deepEqual(parseScopes(["repository:a:pull", "repository:b:push"]), [a, b]);
  assert.deepEqual(parseScopes(""), []);
  assert.equal(parseScopes("repository:a:pull ".repeat(MAX_SCOPES)).length, MAX_SCOPES);
  assert.throws(() => parseScopes("repository:a:pull ".repeat(MAX_SCOPES + 1)), {
    message: /65 scopes, expected at most 64/,
  });
});

test("formatScope() refuses parts that do not make a scope", () => {
  for (const scope of [
    repositoryScope("a b", "pull"),
    repositoryScope("a", "pull push"),
    { ...CATALOG_SCOPE, type: "a:b" },
    repositoryScope("a", "pull,push"),
    repositoryScope("a", ""),
  ]) {
    assert.throws(() => formatScope(scope), { code: "ERR_SCOPE_INVALID" });
  }
});

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const name = fc.stringMatching(/^[a-z0-9]{1,5}(:[0-9]{1,3})?(\/[a-z0-9]{1,5}){0,2}$/);
const scope: fc.Arbitrary<Scope> = fc.record({ type: word, name, actions: fc.array(word) }, { noNullPrototype: true });

test("parseScopes() reads what formatScopes() writes", () => {
  const withClass = fc.record({ type: word, class: word, name, actions: fc.array(word) }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(fc.oneof(scope, withClass), { maxLength: 9 }), (scopes) => {
      assert.deepEqual(parseScopes(formatScopes(scopes)), scopes);
    }),
  );
});

test("uniteScopes() joins the actions of a resource, in order", () => {
  const scopes = parseScopes("repository:b:push repository(plugin):a:pull registry:catalog:* repository:b:pull,push");
  assert.equal(formatScopes(uniteScopes(scopes)), "registry:catalog:* repository:a:pull repository:b:pull,push");
  assert.deepEqual(uniteScopes([]), []);
});

test("uniteScopes() gives the same for equal sets, and covers what it was made of", () => {
  fc.assert(
    fc.property(fc.array(scope), (scopes) => {
      const united = uniteScopes(scopes);
      assert.deepEqual(uniteScopes(scopes.toReversed()), united);
      assert.deepEqual(uniteScopes(united), united);
      assert.ok(coversScopes(united, scopes) && coversScopes(scopes, united));
    }),
  );
});

test("coversScope() asks for every action on the same resource", () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["repository:a:pull,push", "repository:a:pull", true],
    ["repository:a:pull", "repository:a:pull,push", false],
    ["repository:a:pull repository:a:push", "repository:a:pull,push", true],
    ["repository:a:*", "repository:a:delete", true],
    ["repository:a:pull", "repository:a:*", false],
    ["repository:a:pull", "repository:ab:pull", false],
    ["registry:a:pull", "repository:a:pull", false],
    ["repository(plugin):a:pull", "repository:a:pull", true],
    ["", "repository:a:", true],
    ["", "repository:a:pull", false],
  ];
  for (const [granted, wanted, covered] of rows) {
    assert.equal(coversScope(parseScopes(granted), parseScope(wanted)), covered, `${granted} covers ${wanted}`);
  }
});
