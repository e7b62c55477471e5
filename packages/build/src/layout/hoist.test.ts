import assert from "node:assert/strict";
import { posix } from "node:path";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import type { Edge, LockGraph, LockNode } from "../lock/graph.ts";
import { hoist } from "./hoist.ts";

const NAMES = ["a", "b", "c", "d", "e"];

/** Any packages in two versions each, needing any of each other, circles included. */
const graphs = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(4), fc.nat(1), fc.array(fc.tuple(fc.nat(4), fc.nat(1)), { maxLength: 4 })), {
      maxLength: 12,
    }),
    fc.array(fc.tuple(fc.nat(4), fc.nat(1)), { maxLength: 5 }),
    fc.array(fc.tuple(fc.nat(4), fc.nat(1)), { maxLength: 3 }),
  )
  .map(([packages, root, member]) => graphOf(packages, root, member));

type Need = readonly [name: number, version: number];

function graphOf(
  packages: readonly (readonly [number, number, readonly Need[]])[],
  root: readonly Need[],
  member: readonly Need[],
): LockGraph {
  const needs = new Map<string, readonly Need[]>();
  for (const [name, version, wanted] of packages) needs.set(`${NAMES[name]}@${version}`, wanted);
  const nodes = new Map<string, LockNode>();
  for (const name of NAMES) {
    for (const version of [0, 1]) {
      const id = `${name}@${version}`;
      nodes.set(id, {
        id,
        name,
        version: String(version),
        source: { kind: "registry" },
        edges: edgesOf(needs.get(id) ?? []),
      });
    }
  }
  return {
    importers: new Map([
      [".", edgesOf(root)],
      ["packages/x", edgesOf(member)],
    ]),
    nodes,
    layout: "hoisted",
  };
}

/** One edge a name, as a package.json has it. */
function edgesOf(needs: readonly Need[]): readonly Edge[] {
  return [...new Map(needs).entries()].map(([name, version]) => ({
    alias: NAMES[name] ?? "",
    to: `${NAMES[name]}@${version}`,
    optional: false,
  }));
}

/** What is found under a name from a folder, as Node looks for it. */
function resolve(places: ReadonlyMap<string, string>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = posix.dirname(folder)) {
    const found =
      posix.basename(folder) === "node_modules" ? undefined : places.get(posix.join(folder, "node_modules", name));
    if (found !== undefined || folder === ".") return found;
  }
}

suite("packages placed flat", () => {
  test("each package finds the version that it needs, in any graph", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { packages, links } = hoist(graph, graph.nodes, [...graph.importers.keys()]);
        const places = new Map(packages.map(({ location, node }) => [location, node.id]));
        assert.equal(places.size, packages.length, "each place has one package");
        for (const { location, to } of links) places.set(location, places.get(to) ?? "");
        for (const [folder, edges] of graph.importers)
          for (const { alias, to } of edges) assert.equal(resolve(places, folder, alias), to);
        for (const { location, node } of packages) {
          for (const { alias, to } of node.edges)
            assert.equal(resolve(places, location, alias), to, `${location} needs ${to}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("what fits at the top is there once", () => {
    const graph = graphOf(
      [
        [0, 0, [[1, 0]]],
        [2, 0, [[1, 0]]],
      ],
      [
        [0, 0],
        [2, 0],
      ],
      [],
    );
    const { packages } = hoist(graph, graph.nodes, ["."]);
    assert.deepEqual(
      packages.map(({ location }) => location),
      ["node_modules/a", "node_modules/c", "node_modules/b"],
    );
  });
});
