import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { PackageIndex } from "../archive/packages.ts";
import { parseClauses } from "../deb/relation.ts";
import { solve } from "./solver.ts";
import { makeWorld } from "./world.ts";

/** An index from lines such as `a 1; Depends: b`. */
function indexOf(lines: string, facts = { archive: 0, priority: 500 }): PackageIndex {
  const stanzas = lines
    .trim()
    .split("\n")
    .map((line) => {
      const [head = "", ...fields] = line.trim().split(";");
      const [name, version = "1", architecture = "amd64"] = head.trim().split(" ");
      const file = `Filename: pool/${name}.deb\nSize: 10\nSHA256: ${"0".repeat(64)}`;
      const own = fields.map((field) => field.trim()).join("\n");
      return `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\n${file}\n${own}`.trim();
    });
  return new PackageIndex(new TextEncoder().encode(`${stanzas.join("\n\n")}\n`), facts);
}

interface Asked {
  readonly without?: readonly string[];
  readonly maxTries?: number;
}

function choose(wanted: string, indexes: readonly PackageIndex[], { without = [], maxTries }: Asked = {}): string {
  const request = { wanted: parseClauses(wanted) ?? [], without, ...(maxTries === undefined ? {} : { maxTries }) };
  return solve(makeWorld("amd64", indexes), request)
    .map(({ name, version }) => `${name}=${version}`)
    .join(" ");
}

suite("choosing packages", () => {
  test("what is needed comes along, the newest of it", () => {
    const index = indexOf("a; Depends: b (>= 2)\nb 1\nb 2\nb 10; Pre-Depends: c\nc\nd");
    assert.equal(choose("a", [index]), "a=1 b=10 c=1");
  });

  test("circles are no trouble", () => {
    assert.equal(choose("a", [indexOf("a; Depends: b\nb; Depends: a")]), "a=1 b=1");
  });

  test("the first alternative is preferred, unless another one comes anyway", () => {
    const index = indexOf("a; Depends: x | y\nx\ny");
    assert.equal(choose("a", [index]), "a=1 x=1");
    assert.equal(choose("a, y", [index]), "a=1 y=1");
  });

  test("what is provided counts, with a version only where one is provided", () => {
    const index = indexOf(
      "a; Depends: mail\nexim; Provides: mail\nb; Depends: api (>= 2)\nlib; Provides: api (= 2), api-old",
    );
    assert.equal(choose("a", [index]), "a=1 exim=1");
    assert.equal(choose("b", [index]), "b=1 lib=1");
    const plain = indexOf("b; Depends: api (>= 2)\nlib; Provides: api");
    assertCode(() => choose("b", [plain]), "ERR_DEB_MISSING");
  });

  test("of those that provide, the more important one is preferred", () => {
    const index = indexOf(
      "a; Depends: awk\ngawk; Provides: awk; Priority: optional\nmawk; Provides: awk; Priority: required",
    );
    assert.equal(choose("a", [index]), "a=1 mawk=1");
  });

  test("conflicts lead to another way", () => {
    const index = indexOf("a; Depends: x | y\nx; Conflicts: b\ny\nb");
    assert.equal(choose("a, b", [index]), "a=1 b=1 y=1");
    const breaks = indexOf("a; Depends: b\nb 2; Breaks: a (<< 2)\nb 1");
    assert.equal(choose("a", [breaks]), "a=1 b=1");
  });

  test("a choice that turns out wrong much later is taken back", () => {
    const index = indexOf(
      "a; Depends: x | y, p\nx; Depends: x2\nx2; Depends: x3\nx3; Conflicts: q\ny\np; Depends: q | r\nq\nr; Depends: missing",
    );
    assert.equal(choose("a", [index]), "a=1 p=1 q=1 y=1");
  });

  test("a package may conflict with what it provides itself", () => {
    const index = indexOf("a; Provides: m; Conflicts: m\nb; Provides: m; Conflicts: m");
    assert.equal(choose("a", [index]), "a=1");
    assertCode(() => choose("a, b", [index]), "ERR_DEB_CONFLICT");
  });

  test("what is left out counts as there", () => {
    const index = indexOf("a; Depends: debconf | cdebconf, b\nb; Depends: perl\ndebconf; Depends: perl");
    assert.equal(choose("a", [index], { without: ["debconf", "perl"] }), "a=1 b=1");
  });

  test("architectures in relations", () => {
    const index = indexOf(
      "a; Depends: py:any\npy; Multi-Arch: allowed\nb; Depends: z:any\nz\nc; Depends: z:arm64\nd; Depends: z:amd64, z:native",
    );
    assert.equal(choose("a", [index]), "a=1 py=1");
    assertCode(() => choose("b", [index]), "ERR_DEB_MISSING");
    assertCode(() => choose("c", [index]), "ERR_DEB_MISSING");
    assert.equal(choose("d", [index]), "d=1 z=1");
  });

  test("packages of other architectures are not seen, those for all are", () => {
    assertCode(() => choose("a", [indexOf("a 1 arm64")]), "ERR_DEB_MISSING");
    assert.equal(choose("a", [indexOf("a 1 all")]), "a=1");
  });

  test("archives that nobody gets without asking come last", () => {
    const stable = indexOf("a 1\nb; Depends: a");
    const backports = indexOf("a 2", { archive: 1, priority: 100 });
    assert.equal(choose("b", [stable, backports]), "a=1 b=1");
    assert.equal(choose("b, a (= 2)", [stable, backports]), "a=2 b=1");
  });

  test("what is missing is told with who needs it and what there is", () => {
    const index = indexOf("a; Depends: b (>= 2)\nb 1");
    const error = assertCode(() => choose("a", [index]), "ERR_DEB_MISSING");
    assert.equal(error.message, "Choosing packages for amd64: a 1 needs b (>= 2): there is only b 1");
    const none = assertCode(() => choose("nothing", [index]), "ERR_DEB_MISSING");
    assert.equal(none.message, "Choosing packages for amd64: what is asked for needs nothing: no archive has it");
  });

  test("a conflict is told with both sides", () => {
    const index = indexOf("a; Depends: b\nb\nc 3; Conflicts: b (<< 2)");
    const error = assertCode(() => choose("c, a", [index]), "ERR_DEB_CONFLICT");
    assert.match(error.message, /a 1 needs b: c 3 conflicts with b \(<< 2\), which is b 1/);
  });

  test("a riddle ends at its limit", () => {
    const lines = Array.from(
      { length: 20 },
      (_, at) => `p${at}; Depends: x${at} | y${at}\nx${at}; Conflicts: z\ny${at}; Conflicts: z`,
    );
    const index = indexOf(`${lines.join("\n")}\nw; Depends: z\nz`);
    const all = Array.from({ length: 20 }, (_, at) => `p${at}`).join(", ");
    const error = assertCode(() => choose(`${all}, w | v`, [index], { maxTries: 10 }), "ERR_DEB_CONFLICT");
    assert.match(error.message, /among the first 10 tries/);
  });
});
