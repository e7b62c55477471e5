import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { suite, test } from "node:test";
import { needsProgram } from "@teu/testing/skip";
import * as fc from "fast-check";
import { type VersionOperator, compareVersions, satisfies } from "./debian.ts";

suite("versions of packages", () => {
  // Earlier, later.
  const ORDERED: readonly (readonly [string, string])[] = [
    ["1.0~rc1", "1.0"],
    ["1.0~rc1-1", "1.0~rc2-1"],
    ["1.0~~", "1.0~"],
    ["9", "10"],
    ["1.2", "1.2.1"],
    ["1.0", "1.0a"],
    ["1.0a", "1.0+"],
    ["2.36-9+deb12u9", "2.36-9+deb12u10"],
    ["99", "1:0"],
    ["1-1", "1-1.1"],
    ["1-1", "2"],
    ["0.9-1", "0.10-1"],
    ["20230311", "20230311+deb12u1"],
  ];

  for (const [earlier, later] of ORDERED) {
    test(`${earlier} is before ${later}`, () => {
      assert.ok(compareVersions(earlier, later) < 0);
      assert.ok(compareVersions(later, earlier) > 0);
    });
  }

  test("the same version may be written in several ways", () => {
    for (const [a, b] of [
      ["0:1", "1"],
      ["1-0", "1"],
      ["1.00", "1.0"],
      ["1.", "1.0"],
    ] as const) {
      assert.equal(compareVersions(a, b), 0, `${a} ${b}`);
    }
  });

  test("dpkg has the same order", { skip: needsProgram("dpkg") }, () => {
    const version = fc
      .tuple(
        fc.option(fc.nat(3), { nil: undefined }),
        fc.stringMatching(/^[0-9][a-z0-9.+~]{0,8}$/),
        fc.option(fc.stringMatching(/^[a-zA-Z0-9.+~]{1,5}$/), { nil: undefined }),
      )
      .map(
        ([epoch, upstream, revision]) =>
          `${epoch === undefined ? "" : `${epoch}:`}${upstream}${revision === undefined ? "" : `-${revision}`}`,
      );
    fc.assert(
      fc.property(version, version, fc.constantFrom<VersionOperator>("<<", "<=", "=", ">=", ">>"), (a, b, operator) => {
        const word = { "<<": "lt", "<=": "le", "=": "eq", ">=": "ge", ">>": "gt" }[operator];
        const { status } = spawnSync("dpkg", ["--compare-versions", a, word, b], { stdio: "ignore" });
        assert.equal(satisfies(a, operator, b), status === 0, `${a} ${operator} ${b}`);
      }),
      { numRuns: process.env["TEU_LONG_TESTS"] === "1" ? 5000 : 100 },
    );
  });
});
