import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, parseVersion } from "./semver.ts";

const ASCENDING = [
  "0.5.0-dev",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.2-dev",
  "1.0.2",
  "1.3.0",
  "1.10.0",
  "99999999999999999999.0.0",
];

test("compareVersions() orders by precedence", () => {
  const versions = ASCENDING.map((text) => parseVersion(text) ?? assert.fail(text));
  for (const [i, a] of versions.entries()) {
    for (const [j, b] of versions.entries()) {
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${ASCENDING[i]} and ${ASCENDING[j]}`);
    }
  }
});

test("parseVersion() ignores build metadata in the order", () => {
  const [a, b] = [parseVersion("1.3.0+dev"), parseVersion("1.3.0+a-b.007")];
  assert.ok(a !== undefined && b !== undefined);
  assert.equal(compareVersions(a, b), 0);
});

test("parseVersion() refuses what SemVer 2.0.0 refuses", () => {
  const bad = ["", "1", "1.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b", "1.0.0+", "1.0.0 ", "1.0.0-ä"];
  for (const text of [...bad, `1.0.0-${"a".repeat(300)}`]) assert.equal(parseVersion(text), undefined, text);
});
