import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ConfigPlan } from "../plan/plan.ts";
import type { KnownPackage } from "./dependency-layers.ts";
import { withPrograms } from "./start-program.ts";

const PACKAGE = {
  location: "node_modules/pack",
  facts: {
    programs: { pack: "bin/pack", fast: "bin/fast" },
    interpreters: { "bin/pack": "/usr/bin/env node" },
  },
} as unknown as KnownPackage;

function cmd(words: readonly string[], installed?: ReadonlyMap<string, string>): readonly string[] {
  const config = { entrypoint: [], cmd: words } as unknown as ConfigPlan;
  return withPrograms(config, { packages: [PACKAGE], to: "/app", installed }).cmd;
}

suite("programs of packages that a start command names", () => {
  test("Node.js runs its own", () => {
    assert.deepEqual(cmd(["pack", "-v"]), ["node", "node_modules/pack/bin/pack", "-v"]);
  });

  test("others are started by their path, as no PATH leads to them", () => {
    assert.deepEqual(cmd(["fast", "-v"]), ["/app/node_modules/pack/bin/fast", "-v"]);
  });

  test("one that an install script replaced is what it left", () => {
    const native = new Map([["node_modules/pack/bin/pack", ""]]);
    assert.deepEqual(cmd(["pack"], native), ["/app/node_modules/pack/bin/pack"]);
    const script = new Map([["node_modules/pack/bin/fast", "/usr/bin/node"]]);
    assert.deepEqual(cmd(["fast"], script), ["node", "node_modules/pack/bin/fast"]);
  });

  test("paths, node and what no package has stay", () => {
    for (const words of [["bin/pack"], ["node", "pack"], ["other", "pack"], []]) assert.deepEqual(cmd(words), words);
  });
});
