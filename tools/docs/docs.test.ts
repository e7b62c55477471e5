import assert from "node:assert/strict";
import { test } from "node:test";
import { undocumentedIn } from "./contracts.ts";
import { deadLinks } from "./links.ts";
import { withRoomTable } from "./room-table.ts";

test("undocumentedIn() finds exports and files without a contract", () => {
  const text = "/** Why. */\n/** What. */\nexport const a = 1;\nexport const c = 1;\n\nexport function b(): void {}\n";
  assert.deepEqual(undocumentedIn(text), ["b has no contract above it"]);
  assert.deepEqual(undocumentedIn("const a = 1;\n"), ["does not open with a comment that says why it exists"]);
});

test("deadLinks() finds relative links that lead nowhere and passes over code and the web", () => {
  const text = "[a](a.md) [b](b.md#x) [c](https://c.example) [d](#d) `[e](e.md)`\n```\n[f](f.md)\n```\n";
  assert.deepEqual(
    deadLinks(text, (target) => target === "a.md"),
    ["b.md"],
  );
});

test("withRoomTable() replaces what stands between the markers", () => {
  const room = { name: "std", manifest: { name: "@teu/std", description: "Small things." }, references: [], files: [] };
  const readme = "top\n<!-- rooms: written by npm run docs -->\nold\n<!-- /rooms -->\nend\n";
  assert.match(
    withRoomTable(readme, [room]),
    /top\n<!--.*\n\| room .*\n.*\n\| \[std\]\(packages\/std\) \| Small things\. \|\n<!-- \/rooms -->\nend\n/,
  );
  assert.throws(() => withRoomTable("no markers", []), /has no room/);
});
