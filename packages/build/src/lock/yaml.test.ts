import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { YamlError, type YamlValue, parseYaml } from "./yaml.ts";

function plain(value: YamlValue): unknown {
  if (typeof value === "string") return value;
  return value instanceof Map
    ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
    : (value as readonly YamlValue[]).map(plain);
}

const READ: readonly (readonly [string, unknown])[] = [
  ["", {}],
  ["a: 1\nb: 'x: y'\n", { a: "1", b: "x: y" }],
  ["a:\n  b:\n    c: d\n  e: f\ng: h", { a: { b: { c: "d" }, e: "f" }, g: "h" }],
  ["a: # note\n  b: c # note\n# note\nd: e#f", { a: { b: "c" }, d: "e#f" }],
  [
    "'@a/b@1':\n  x: {integrity: sha512-a+/b==, tarball: https://x/y:z}\n",
    { "@a/b@1": { x: { integrity: "sha512-a+/b==", tarball: "https://x/y:z" } } },
  ],
  ["os: [linux, '!win32', \"a,b\"]\nnone: []\nmap: {}\n", { os: ["linux", "!win32", "a,b"], none: [], map: {} }],
  ["packages:\n  - a/*\n  - '!b'\nnext: 1", { packages: ["a/*", "!b"], next: "1" }],
  ["packages:\n- a\n- b\nnext: 1", { packages: ["a", "b"], next: "1" }],
  ["a:\nb: 1\n", { a: "", b: "1" }],
  ["deprecated: |-\n  two\n  lines\nnext: 1", { deprecated: "two\nlines", next: "1" }],
  ['"a@npm:^1, a@npm:^2":\n  version: 1.0.0\n', { "a@npm:^1, a@npm:^2": { version: "1.0.0" } }],
  ["? 'long'\n:\n  a: b\n", { long: { a: "b" } }],
  ["a: https://x/y\r\nb: 2\r\n", { a: "https://x/y", b: "2" }],
  ["/a/1.0.0_b@2:\n  dev: false\n", { "/a/1.0.0_b@2": { dev: "false" } }],
];

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["a: 1\na: 2", /line 2: key "a" is given twice/],
  ["a: &x 1", /line 1: "&"/],
  ["a: *x", /"\*"/],
  ["a: !!str 1", /"!"/],
  ["a: {b: c", /line 1: a flow collection that is not closed/],
  ["a: 'b", /a quote that is not closed/],
  ["a: b\n   c: d", /line 2: a value over several lines/],
  ["\ta: b", /indented by a tab/],
  ["a:\n    b: c\n  d: e", /more indented|less indented/],
  ["just text", /expected a key and a colon/],
  ["- a: b", /a mapping in a sequence/],
  [Array.from({ length: 80 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"), /nested more than 64 deep/],
  [`a: ${"[".repeat(1000)}`, /not closed/],
];

suite("YAML of lockfiles", () => {
  for (const [source, expected] of READ) {
    test(JSON.stringify(source.slice(0, 60)), () => assert.deepEqual(plain(parseYaml(source).at(-1) ?? ""), expected));
  }

  test("several documents", () =>
    assert.deepEqual(parseYaml("---\na: 1\n---\nb: 2\n").map(plain), [{ a: "1" }, { b: "2" }]));

  for (const [source, message] of REFUSED) {
    test(`refuses ${JSON.stringify(source.slice(0, 40))}`, () => assert.throws(() => parseYaml(source), message));
  }

  test("any text is read or refused, in time", () => {
    const line = fc.tuple(
      fc.constantFrom("", "  ", "    "),
      fc.constantFrom("a:", "b: c", "- d", "'e': {f: g}", "? h", ": i", "[j, k]", "|", '"', "#"),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line).map((lines) => lines.map((parts) => parts.join("")).join("\n")),
        ),
        (source) => {
          try {
            parseYaml(source);
          } catch (error) {
            assert.ok(error instanceof YamlError, String(error));
          }
        },
      ),
    );
  });
});
