/** The tree of layers: whatever an archive says, names stay below the root, and the changes can be followed. */
import assert from "node:assert/strict";
import { LayerTree, type TreeChanges } from "@teu/layer/tree";
import { archive, file, folder, hardLink, symlink } from "@teu/layer/testing/sample-image";
import { isTeuError } from "@teu/std/error";
import { TarParser } from "@teu/tar/parser";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "layer-tree",
  *seeds() {
    yield archive(folder("./"), folder("a/"), file("a/b", "text"), symlink("l", "/a"), hardLink("h", "a/b"));
    yield archive(file("a/.wh.b", ""), file("a/.wh..wh..opq", ""), file("l/x", "text"), symlink("m", "../../m"));
    yield archive(symlink("a", "b"), symlink("b", "a"), file("a/c", ""), hardLink("d", "b"));
  },
  run(input) {
    const names = new Set<string>();
    const changes: TreeChanges = {
      make: ({ path, parent }) => {
        assert.ok(!names.has(path) && (parent?.path === "" || names.has(parent?.path ?? "")), path);
        checkPath(path);
        names.add(path);
      },
      link: ({ path }, existing) => {
        assert.ok(!names.has(path) && names.has(existing.path), path);
        checkPath(path);
        names.add(path);
      },
      remove: ({ path }) => assert.ok(names.delete(path), path),
    };
    const tree = new LayerTree({ changes, limits: { maxEntries: 1000 } });
    for (const layer of [0, 1]) readLayer(tree, layer, input);
    assert.deepEqual([...tree.nodes()].map(({ path }) => path).sort(), [...names].sort());
  },
};

function checkPath(path: string): void {
  for (const name of path.split("/"))
    assert.ok(name !== "" && name !== "." && name !== ".." && !name.includes("\0"), path);
}

function readLayer(tree: LayerTree, layer: number, input: Uint8Array): void {
  tree.beginLayer(layer);
  const parser = new TarParser({ globalPax: "ignore" });
  parser.push(input);
  parser.end();
  try {
    for (let event = parser.next(); event !== "done"; event = parser.next()) {
      if (event !== "entry") continue;
      tree.add(parser.entry);
      parser.skip();
    }
  } catch (error) {
    if (!isTeuError(error) || !/^ERR_(LAYER|TAR)_/.test(error.code)) throw error;
  }
}
