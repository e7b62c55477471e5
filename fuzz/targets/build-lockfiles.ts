/** Lockfiles of npm, pnpm and yarn: what is read is placed within the application, and anything else is refused. */
import assert from "node:assert/strict";
import { hoist } from "@teu/build/layout/hoist";
import { placePackages } from "@teu/build/layout/place";
import type { LockGraph } from "@teu/build/lock/graph";
import { readPackageLock } from "@teu/build/lock/package-lock";
import { readPnpmLock } from "@teu/build/lock/pnpm-lock";
import { readYarnLock } from "@teu/build/lock/yarn-lock";
import { memoryProject } from "@teu/build/plan/project";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_LOCKFILE_INVALID");

const MANIFEST = { dependencies: { a: "^1" }, optionalDependencies: { b: "1" } };
const PROJECT = memoryProject({ "package.json": JSON.stringify(MANIFEST) });

export const target: FuzzTarget = {
  name: "build-lockfiles",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const text = new TextDecoder().decode(input);
    place(accepted(() => readPackageLock(text, "f", MANIFEST)));
    place(accepted(() => readPnpmLock(text, "f")));
    place(accepted(() => readYarnLock(text, "f", PROJECT)));
  },
};

/** Places all packages, where nobody has selected any. */
function place(graph: LockGraph | undefined): void {
  if (graph === undefined) return;
  const tree = accepted(() => placePackages(graph, graph.nodes, { file: "f" }));
  for (const { location } of [...(tree?.packages ?? []), ...(tree?.links ?? [])]) {
    assert.ok(!location.startsWith("/") && !location.split("/").includes(".."), location);
  }
  if (graph.layout === "hoisted") accepted(() => hoist(graph, graph.nodes, ["."]));
}

const SEEDS = [
  '{"lockfileVersion":3,"packages":{"":{"dependencies":{"a":"1"}},"node_modules/a":{"version":"1.0.0","integrity":"sha512-a","os":["linux"]},"packages/x":{},"node_modules/x":{"link":true,"resolved":"packages/x"}}}',
  '{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","requires":{"b":"1"},"dependencies":{"b":{"version":"npm:c@1.0.0"}}}}}',
  "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(b@1.0.0)\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-a}\n    os: [linux, '!win32']\nsnapshots:\n  a@1.0.0(b@1.0.0): {}\n",
  "lockfileVersion: 5.4\ndependencies:\n  a: 1.0.0\npackages:\n  /a/1.0.0:\n    resolution: {integrity: sha512-a}\n",
  '# yarn lockfile v1\n\na@^1, "a@1":\n  version "1.0.0"\n  resolved "https://r/a.tgz#da39a3ee5e6b4b0d3255bfef95601890afd80709"\n  dependencies:\n    b "1"\n\nb@1:\n  version "1.0.0"\n  resolved "https://r/b.tgz"\n',
  '__metadata:\n  version: 8\n\n"a@npm:^1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  conditions: os=linux\n\n"b@npm:1":\n  version: 1.0.0\n  resolution: "b@npm:1.0.0"\n\n"app@workspace:.":\n  version: 0\n  resolution: "app@workspace:."\n  dependencies:\n    a: "npm:^1"\n    b: "npm:1"\n',
];
