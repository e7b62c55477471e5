import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { compareAlpineVersions } from "./alpine.ts";
import { comparePythonVersions } from "./pep440.ts";
import { compareRpmVersions } from "./rpm.ts";
import { compareSemver } from "./semver.ts";

/** Each list from the earliest version to the latest. */
const ORDERED: Readonly<Record<string, readonly [(a: string, b: string) => number, readonly string[]]>> = {
  apk: [
    compareAlpineVersions,
    [
      "1.0_alpha",
      "1.0_alpha2",
      "1.0_beta",
      "1.0_rc1",
      "1.0",
      "1.0-r1",
      "1.0-r10",
      "1.0_p1",
      "1.0a",
      "1.0.1",
      "1.2",
      "1.10",
      "2",
    ],
  ],
  rpm: [
    compareRpmVersions,
    ["1.0~rc1-1", "1.0-1", "1.0-2", "1.0-10", "1.0^git1-1", "1.0.a-1", "1.0.1-1", "1.1-1", "10-1", "1:0.1-1"],
  ],
  semver: [
    compareSemver,
    [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "v1.0.0",
      "1.0.1",
      "1.2.0",
      "1.10.0",
      "2",
    ],
  ],
  pep440: [
    comparePythonVersions,
    [
      "1.dev1",
      "1.0a1.dev1",
      "1.0a1",
      "1.0a2",
      "1.0b1",
      "1.0rc1",
      "1.0",
      "1.0.post1.dev1",
      "1.0.post1",
      "1.0.1",
      "1.2",
      "1.10",
      "1!0.1",
    ],
  ],
};

suite("orders of versions", () => {
  for (const [name, [compare, versions]] of Object.entries(ORDERED))
    test(name, () => {
      for (const [at, a] of versions.entries())
        for (const [other, b] of versions.entries())
          assert.equal(Math.sign(compare(a, b)), Math.sign(at - other), `${a} and ${b}`);
    });

  test("the same in other words", () => {
    assert.equal(compareSemver("v1.2.0+build", "1.2"), 0);
    assert.equal(comparePythonVersions("1.0-ALPHA_1", "1.0.0a1"), 0);
    assert.equal(compareRpmVersions("0:1.0-1", "1.0"), 0);
    assert.equal(compareRpmVersions("1.0_1", "1.0.1"), 0);
  });
});
