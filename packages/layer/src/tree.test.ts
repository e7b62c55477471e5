import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { TarParser } from "@teu/tar/parser";
import { type NewMemberSync } from "@teu/tar/write-tar";
import * as fc from "fast-check";
import { findCollisions, listFiles } from "./emit/list.ts";
import { archive, file, folder, hardLink, symlink } from "./testing/sample-image.ts";
import { LayerTree, type TreeOptions } from "./tree.ts";

/** The tree of layers with these members, and the changes that were told on the way. */
function treeOf(
  layers: readonly (readonly NewMemberSync[])[],
  options: TreeOptions = {},
): { tree: LayerTree; told: string[] } {
  const told: string[] = [];
  const changes = {
    make: ({ path, file: { type } }: { path: string; file: { type: string } }) =>
      void told.push(`make ${type} ${path}`),
    link: ({ path }: { path: string }, target: { path: string }) => void told.push(`link ${path} ${target.path}`),
    remove: ({ path }: { path: string }) => void told.push(`remove ${path}`),
  };
  const tree = new LayerTree({ changes, ...options });
  for (const [index, members] of layers.entries()) {
    tree.beginLayer(index);
    const parser = new TarParser({ globalPax: "ignore" });
    parser.push(archive(...members));
    parser.end();
    for (let event = parser.next(); event !== "done"; event = parser.next()) {
      if (event !== "entry") continue;
      tree.add(parser.entry);
      parser.skip();
    }
  }
  return { tree, told };
}

function paths(layers: readonly (readonly NewMemberSync[])[]): string[] {
  return [...treeOf(layers).tree.nodes()].map(({ path }) => path);
}

const whiteout = (name: string): NewMemberSync => file(name, "");

suite("a tree of layers", () => {
  test("whiteouts hide what is below, whatever their place in the layer", () => {
    const base = [folder("d/"), file("d/a", "1"), file("d/b", "1"), file("e", "1")];
    const top = [whiteout(".wh.e"), whiteout("d/.wh.a"), file("d/c", "2")];
    assert.deepEqual(paths([base, top]), ["d", "d/b", "d/c"]);
    assert.deepEqual(paths([base, top.toReversed()]), ["d", "d/b", "d/c"]);
  });

  test("whiteouts hide nothing of their own layer", () => {
    const own = [file("a", "1"), folder("d/"), file("d/x", "1")];
    for (const order of [
      [...own, whiteout(".wh.a"), whiteout(".wh.d")],
      [whiteout(".wh.a"), whiteout(".wh.d"), ...own],
    ]) {
      assert.deepEqual(paths([[folder("d/"), file("d/old", "0"), file("a", "0")], order]), ["a", "d", "d/x"]);
    }
  });

  test("an opaque directory keeps what its own layer has, in any order", () => {
    const base = [folder("d/"), file("d/old", "0"), folder("d/sub/"), file("d/sub/old", "0")];
    const top = [file("d/sub/new", "1"), whiteout("d/.wh..wh..opq"), file("d/new", "1")];
    for (const order of [top, top.toReversed()]) {
      assert.deepEqual(paths([base, order]), ["d", "d/new", "d/sub", "d/sub/new"]);
    }
  });

  test("a directory that a whiteout hides does not keep its attributes", () => {
    const base = [folder("d/", { mode: 0o700, uid: 7 })];
    const { tree } = treeOf([base, [file("d/new", "1"), whiteout(".wh.d")]]);
    assert.deepEqual([tree.find("d")?.file.mode, tree.find("d")?.file.uid], [0o755, 0]);
  });

  test("a directory over a directory keeps what is in it; anything else replaces", () => {
    assert.deepEqual(paths([[folder("d/"), file("d/a", "1")], [folder("d/", { mode: 0o700 })]]), ["d", "d/a"]);
    assert.deepEqual(paths([[folder("d/"), file("d/a", "1")], [file("d", "1")]]), ["d"]);
    assert.deepEqual(paths([[symlink("d", "e"), folder("e/"), file("e/a", "1")], [folder("d/")]]), ["d", "e", "e/a"]);
  });

  test("what is removed is told before what is above it, and what is made after", () => {
    const { told } = treeOf([
      [folder("d/"), file("d/a", "1")],
      [file("d", "2"), hardLink("l", "d")],
    ]);
    assert.deepEqual(told, ["make directory d", "make file d/a", "remove d/a", "remove d", "make file d", "link l d"]);
  });

  test("symbolic links on the way are followed inside the tree", () => {
    const base = [folder("usr/"), folder("usr/lib/"), symlink("lib", "usr/lib"), symlink("abs", "/usr/../usr/./lib")];
    assert.deepEqual(paths([base, [file("lib/a", "1"), file("abs/b", "1")]]), [
      "abs",
      "lib",
      "usr",
      "usr/lib",
      "usr/lib/a",
      "usr/lib/b",
    ]);
    assert.deepEqual(paths([[symlink("a", "../../x"), file("a/b", "1")]]), ["a", "x", "x/b"]);
    const { tree } = treeOf([base]);
    assert.equal(tree.find("lib", { followLast: true })?.path, "usr/lib");
    assert.equal(tree.find("lib")?.path, "lib");
    assert.equal(tree.find("nothing/x"), undefined);
  });

  test("hard links share a file across layers, and part when one of them is replaced", () => {
    const { tree } = treeOf([
      [file("a", "12")],
      [hardLink("b", "a"), whiteout(".wh.a")],
      [file("c", "1"), hardLink("d", "b")],
    ]);
    assert.equal(tree.find("a"), undefined);
    assert.equal(tree.find("b")?.file, tree.find("d")?.file);
    assert.deepEqual([tree.find("b")?.file.names, tree.find("b")?.file.size], [2, 2]);
    const parted = treeOf([[file("a", "12"), hardLink("b", "a")], [file("a", "1")]]).tree;
    assert.deepEqual(
      [parted.find("a")?.file.size, parted.find("b")?.file.size, parted.find("b")?.file.names],
      [1, 2, 1],
    );
  });

  test("names are bytes", () => {
    const name = new Uint8Array([0x66, 0xff, 0x80]);
    const { tree } = treeOf([[{ entry: { name } }]]);
    assert.equal(tree.find("f\u00ff\u0080")?.path, "f\u00ff\u0080");
    assert.equal([...listFiles(tree)][1]?.path, "f\ufffd\ufffd");
  });

  test("the root keeps the attributes of its entry", () => {
    const { tree } = treeOf([[folder("./", { mode: 0o700, uid: 3 })], [file("a", "1")]]);
    assert.deepEqual([tree.root.file.mode, tree.root.file.uid], [0o700, 3]);
  });

  test("a range of layers remembers what it hides", () => {
    const { tree } = treeOf(
      [
        [whiteout("d/.wh.a"), whiteout("e/.wh..wh..opq"), file("f", "1")],
        [folder("f/"), folder("d/a/")],
      ],
      { isRange: true },
    );
    assert.deepEqual([...(tree.find("d")?.hidden ?? [])], ["a"]);
    assert.deepEqual(
      [tree.find("e")?.opaque, tree.find("f")?.opaque, tree.find("d/a")?.opaque, tree.find("d")?.opaque],
      [true, true, true, false],
    );
  });

  test("limits hold", () => {
    const refuses = (members: readonly NewMemberSync[], limits: TreeOptions["limits"]): void => {
      assertCode(() => treeOf([members], { limits }), "ERR_LAYER_LIMIT");
    };
    refuses([file("a", "1"), file("b", "1")], { maxEntries: 1 });
    refuses([file("a", "12345")], { maxContentBytes: 4 });
    refuses([file("a/b/c", "1")], { maxDepth: 2 });
    refuses([folder("a/"), symlink("l", "a/b"), file("l/c/d", "1")], { maxDepth: 3 });
    refuses([file("a/b/c", "1")], { maxPathBytes: 4 });
    refuses([file("abc", "1")], { maxNameBytes: 2 });
    refuses([file("a", "1", { xattrs: new Map([["user.a", new Uint8Array(10)]]) })], { maxXattrBytes: 15 });
  });

  test("names that differ in case or form only are found", () => {
    const { tree } = treeOf([[file("d/A", "1"), file("d/a", "1"), file("caf\u00e9", "1"), file("cafe\u0301", "1")]]);
    assert.deepEqual(
      [...findCollisions(tree)].map(({ names }) => names),
      [
        ["café", "cafe\u0301"],
        ["A", "a"],
      ],
    );
  });

  test("a file system that follows the changes ends with the same names", () => {
    const name = fc.constantFrom("a", "b", "c", "d");
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
    const hidden = path.map((text) => whiteout(text.replace(/[^/]+$/, ".wh.$&")));
    const member = fc.oneof(
      path.map((text) => file(text, text)),
      path.map((text) => folder(`${text}/`)),
      hidden,
      path.map((text) => whiteout(`${text}/.wh..wh..opq`)),
      fc.tuple(path, path).map(([one, two]) => symlink(one, `/${two}`)),
      fc.tuple(path, path).map(([one, two]) => hardLink(one, two)),
    );
    fc.assert(
      fc.property(fc.array(fc.array(member, { maxLength: 8 }), { maxLength: 3 }), (layers) => {
        const seen = new Map<string, boolean>();
        let tree: LayerTree | undefined;
        const changes = {
          make: (node: { path: string; parent: { path: string } | undefined }) => {
            assert.ok(
              !seen.has(node.path) && (node.parent?.path === "" || seen.has(node.parent?.path ?? "")),
              node.path,
            );
            seen.set(node.path, true);
          },
          link: (node: { path: string }, target: { path: string }) => {
            assert.ok(!seen.has(node.path) && seen.has(target.path));
            seen.set(node.path, true);
          },
          remove: (node: { path: string }) => {
            assert.ok(seen.delete(node.path));
            assert.ok(![...seen.keys()].some((other) => other.startsWith(`${node.path}/`)), "not empty");
          },
        };
        try {
          tree = treeOf(layers, { changes }).tree;
        } catch (error) {
          assert.match(String((error as { code?: string }).code), /^ERR_LAYER_/);
          return;
        }
        assert.deepEqual([...seen.keys()].sort(), [...tree.nodes()].map((node) => node.path).sort());
      }),
    );
  });
});
