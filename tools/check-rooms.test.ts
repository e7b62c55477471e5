import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRooms } from "./check-rooms.ts";
import { type Room, type Tiers, importsOf } from "./rooms.ts";

const exports = {
  "./internal/*": null,
  "./*": { "@teu/source": "./src/*.ts", types: "./dist/*.d.ts", default: "./dist/*.js" },
};
const tiers: Tiers = {
  tiers: {
    std: { tier: 0, imports: [] },
    testing: { tier: 0, imports: ["std"], testsOnly: true },
    spec: { tier: 1, imports: ["std"], without: ["node:"] },
    content: { tier: 2, imports: ["std", "spec"] },
  },
  awaited: {},
};

function room(name: string, files: Record<string, string>, uses: readonly string[] = []): Room {
  const dependencies = Object.fromEntries(uses.map((use) => [`@teu/${use}`, "0.1.0"]));
  return {
    name,
    manifest: { name: `@teu/${name}`, exports, dependencies },
    references: uses,
    files: Object.entries(files).map(([path, text]) => ({ path, text, isTest: path.endsWith(".test.ts") })),
  };
}

/** Checks one room with planted text and returns what is found. */
function plant(name: string, path: string, text: string, uses: readonly string[] = []): string[] {
  return checkRooms([room(name, { [path]: text }, uses)], tiers);
}

test("an arrow that points up is found", () => {
  assert.deepEqual(plant("spec", "digest.ts", 'import { copy } from "@teu/content/copy";', ["content"]), [
    "packages/spec/src/digest.ts imports @teu/content: spec may import std",
  ]);
});

test("an arrow that points up in a dynamic import, an export or over several lines is found", () => {
  for (const text of [
    'await import("@teu/content/copy")',
    'export * from "@teu/content/copy";',
    'import {\n a,\n} from "@teu/content/copy";',
  ]) {
    assert.equal(plant("spec", "a.ts", text, ["content"]).length, 1, text);
  }
});

test("the test room is for tests", () => {
  assert.equal(plant("spec", "a.ts", 'import { tempDir } from "@teu/testing/temp-dir";', ["testing"]).length, 1);
  assert.deepEqual(plant("spec", "a.test.ts", 'import { tempDir } from "@teu/testing/temp-dir";'), []);
});

test("internal files, whole rooms, unknown rooms and the inside of other rooms are closed", () => {
  assert.match(plant("content", "a.ts", 'import "@teu/spec/internal/x";', ["spec"]).join(), /internal to spec/);
  assert.match(plant("content", "a.ts", 'import "@teu/spec";', ["spec"]).join(), /name the file/);
  assert.match(plant("content", "a.ts", 'import "@teu/specs/x";', ["specs"]).join(), /no room/);
  assert.match(plant("content", "sub/a.ts", 'import "../../../spec/src/digest.ts";').join(), /outside its room/);
});

test("a room without input and output does without node:", () => {
  assert.match(plant("spec", "a.ts", 'import { readFile } from "node:fs";').join(), /does without node:/);
});

test("manifest and project references say what the imports say", () => {
  assert.match(
    plant("spec", "a.ts", 'import "@teu/std/json";').join("\n"),
    /does not depend on it[^]*misses a reference to std/,
  );
  assert.match(plant("spec", "a.ts", "", ["std"]).join("\n"), /does not import it[^]*without an import/);
});

test("exports are those of every room; a room may close more folders", () => {
  const good = room("spec", { "a.ts": "" });
  const withExports = (value: object): Room => ({ ...good, manifest: { ...good.manifest, exports: value } });
  assert.deepEqual(checkRooms([withExports({ ...exports, "./helper/*": null })], tiers), []);
  assert.match(checkRooms([withExports({ ...exports, ".": "./src/index.ts" })], tiers).join(), /exports differ/);
  assert.match(checkRooms([withExports({ "./*": exports["./*"] })], tiers).join(), /exports differ/);
});

test("a file of std needs two users or a place on the waiting list", () => {
  const std = room("std", { "json.ts": "" });
  const one = room("spec", { "a.ts": 'import "@teu/std/json";' }, ["std"]);
  const two = room("content", { "a.ts": 'import "@teu/std/json";' }, ["std"]);
  assert.match(checkRooms([std, one], tiers).join(), /used by only spec/);
  assert.deepEqual(checkRooms([std, one, two], tiers), []);
  assert.match(checkRooms([std, one, two], { ...tiers, awaited: { json: ["content"] } }).join(), /take it off/);
});

test("importsOf() is not led astray by text that only looks like an import", () => {
  assert.deepEqual(importsOf('const important = "x";\n// see import("y") there\nimport type { A } from "./a.ts";'), [
    "y",
    "./a.ts",
  ]);
});
