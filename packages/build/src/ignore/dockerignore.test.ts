import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { IgnoreList, parseIgnoreFile } from "./dockerignore.ts";

/** Whether a file is left out, walked to as a build walks. */
function isIgnored(patterns: readonly string[], path: string): boolean {
  const list = new IgnoreList(patterns);
  const names = path.split("/");
  let verdict = list.root();
  for (let at = 1; at < names.length; at += 1) {
    const folder = names.slice(0, at).join("/");
    verdict = list.folder(folder, verdict);
    if (verdict.isIgnored && !list.mayWantIn(folder)) return true;
  }
  return list.ignores(path, verdict);
}

const CASES: readonly (readonly [patterns: readonly string[], ignored: readonly string[], kept: readonly string[]])[] =
  [
    [["a"], ["a", "a/b", "a/b/c"], ["b/a", "ab"]],
    [["/a"], ["a"], ["b/a"]],
    [["a/"], ["a", "a/b"], ["b/a"]],
    [["./a/../b"], ["b"], ["a"]],
    [["*.md"], ["x.md"], ["d/x.md", "xmd"]],
    [["*/x"], ["d/x"], ["x", "d/e/x"]],
    [["**/x"], ["x", "d/x", "d/e/x", "d/x/y"], ["xx", "d/xx"]],
    [["**/*.log"], ["a.log", "d/e/a.log"], ["a.logs"]],
    [["a/**"], ["a/b", "a/b/c"], ["b/a", "ab"]],
    [["a/**/z"], ["a/z", "a/b/z", "a/b/c/z"], ["z", "a/b"]],
    [["**"], ["a", "a/b", ".x"], []],
    [
      ["*", "!keep"],
      ["a", "a/b"],
      ["keep", "keep/x"],
    ],
    [
      ["a", "!a/b"],
      ["a/c", "a/c/b"],
      ["a/b", "a/b/c"],
    ],
    [["a", "!a/*.js", "a/x.js"], ["a/b.ts", "a/x.js"], ["a/y.js"]],
    [["**/node_modules", "!lib/node_modules"], ["node_modules/a", "x/node_modules/b"], ["lib/node_modules/c"]],
    [["a", "!**/b"], ["a/c"], ["a/b", "a/x/b"]],
    [["!a", "a"], ["a"], []],
    [["a?c"], ["abc"], ["ac", "a/c", "abbc"]],
    [["[a-c].txt"], ["a.txt", "c.txt"], ["d.txt", "-.txt"]],
    [["[^a].txt"], ["b.txt"], ["a.txt"]],
    [["a\\*b"], ["a*b"], ["axb"]],
    [["a.b+c(d)"], ["a.b+c(d)"], ["axb+c(d)"]],
    [["."], [], ["a"]],
    [["dist", "!dist"], [], ["dist/x"]],
  ];

suite("patterns of .dockerignore", () => {
  for (const [patterns, ignored, kept] of CASES) {
    test(patterns.join(" "), () => {
      for (const path of ignored) assert.equal(isIgnored(patterns, path), true, `${path} is ignored`);
      for (const path of kept) assert.equal(isIgnored(patterns, path), false, `${path} is kept`);
    });
  }

  test("comments at the start of a line, spaces around, and a byte order mark", () => {
    assert.deepEqual(parseIgnoreFile("\ufeff# no\n  a  \r\n\n b # c\n!d\n"), ["a", "b # c", "!d"]);
  });

  for (const pattern of ["[", "a[b", "a\\", "[z-a]", "!"]) {
    test(`refuses ${pattern}`, () => {
      assert.match(
        assertCode(() => new IgnoreList([pattern]), "ERR_IGNORE_INVALID").message,
        /^Reading \.dockerignore pattern/,
      );
    });
  }
});
