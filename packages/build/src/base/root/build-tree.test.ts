import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { openDeb } from "../deb/deb-file.ts";
import { type FakePackage, fakeAr, fakeDeb } from "../testing/fake-archive.ts";
import { buildTree } from "./build-tree.ts";
import type { FileTree } from "./tree.ts";
import { textAt } from "./users.ts";

async function treeOf(packages: readonly FakePackage[]): Promise<FileTree> {
  const debs = await Promise.all(packages.map(async (pkg) => await openDeb(fakeDeb(pkg), pkg.name)));
  return await buildTree(debs, { keepsDocs: false, ignoreScriptsOf: [], acceptScripts: [], time: 1 });
}

suite("trees of packages", () => {
  test("what lies in the old directories lies in usr, by links that packages may have too", async () => {
    const link = { entry: { name: "./bin", type: "symlink", linkname: "usr/bin" } } as const;
    const tree = await treeOf([
      { name: "base", members: [link] },
      { name: "a", files: { "bin/a": "a", "lib64/ld.so": "ld" } },
    ]);
    assert.equal(tree.resolve("bin/a"), "usr/bin/a");
    assert.equal(textAt(tree, "usr/bin/a"), "a");
    assert.equal(tree.at("lib64")?.type, "symlink");
    assert.equal(tree.at("lib32"), undefined);
  });

  const HOSTILE: readonly (readonly [string, FakePackage])[] = [
    ["a path that leads out", { name: "a", members: [{ entry: { name: "./../x", size: 0 } }] }],
    ["a device", { name: "a", members: [{ entry: { name: "./dev/sda", type: "block-device", deviceMajor: 8 } }] }],
    ["a pipe", { name: "a", members: [{ entry: { name: "./pipe", type: "fifo" } }] }],
    [
      "another name of a file that is not there",
      { name: "a", members: [{ entry: { name: "./x", type: "hard-link", linkname: "./y" } }] },
    ],
    [
      "links without end",
      {
        name: "a",
        members: [{ entry: { name: "./l", type: "symlink", linkname: "l" } }, { entry: { name: "./l/x", size: 0 } }],
      },
    ],
    ["a file as a folder", { name: "a", files: { x: "" }, members: [{ entry: { name: "./x/y", size: 0 } }] }],
  ];
  for (const [what, pkg] of HOSTILE) {
    test(`${what} is refused`, async () => {
      const error = await assertCode(async () => await treeOf([pkg]), "ERR_DEB_INVALID");
      assert.match(error.message, /^Reading Debian package "a": /);
    });
  }

  test("links that lead out stay in", async () => {
    const out = { entry: { name: "./out", type: "symlink", linkname: "../../etc" } } as const;
    const tree = await treeOf([{ name: "a", members: [out, { entry: { name: "./out/evil", size: 0 } }] }]);
    assert.ok(tree.has("etc/evil"));
  });

  test("of two packages with a file, one may replace that of the other, in any order", async () => {
    const old = { name: "old", files: { "usr/f": "old" } };
    const next = { name: "next", fields: ["Replaces: old (<< 2)"], files: { "usr/f": "next" } };
    assert.equal(textAt(await treeOf([old, next]), "usr/f"), "next");
    assert.equal(textAt(await treeOf([next, old]), "usr/f"), "next");
    await assertCode(async () => await treeOf([{ ...old, version: "2" }, next]), "ERR_DEB_CONFLICT");
    assert.ok(await treeOf([old, { ...old, name: "same" }]));
  });

  test("a package that is damaged in its outer form", async () => {
    const good = fakeDeb({ name: "a", files: { x: "x" } });
    for (let end = 0; end < good.length - 1; end += 7) {
      await assertCode(async () => await openDeb(good.subarray(0, end), "a"), "ERR_DEB_INVALID");
    }
    const version = ["debian-binary", Buffer.from("3.0\n")] as const;
    await assertCode(async () => await openDeb(fakeAr([version]), "a"), "ERR_DEB_INVALID");
    const unknown = fakeAr([
      ["debian-binary", Buffer.from("2.0\n")],
      ["control.tar.lzma", Buffer.from("x")],
    ]);
    const error = await assertCode(async () => await openDeb(unknown, "a"), "ERR_DEB_INVALID");
    assert.match(error.message, /its compression is not known/);
  });
});
